// Finds the faces of a photo, and draws each upright on a canvas of its own that is blended into the scene.

import {double, enlarge} from './draw.js';
import {blend} from './blend.js';
import {AS_THEY_ARE, levelsOf} from './levels.js';
import {detect} from './mtcnn.js';
import {around, cut, inProfile, lay, looksLikeAFace, overlapping, region, scaled, sideOf, toPhoto} from './frames.js';
import {black, inverse, linearWeights, mapped, resize, round, shrink, warp} from './pixels.js';

// The numbers are those of animegan/faces.py and animegan/face_painting.py, where each has its reason.
const SEARCH_SIDE = 640, LARGE_SEARCH_SIDE = 1280, WORTH_A_SECOND_LOOK = 0.75;
const CLOSE_UP = 160, SAME_FACE = 0.4, MIN_SCORE = 0.9, CLOSE_SCORE = 0.95;
const MIN_FACE = 32, MAX_FACES = 20;
const TURNED_SIDE = 400, SURE = 0.99, SURE_TURNED = 0.9995, TURNED_MIN_SCORE = 0.985;
const TURNS = [90, -90, 45, -45, 180];
const SMALL_FACE = 0.75; // of the canvas: smaller faces are enlarged by the restorer first
const FEATHER = 0.08; // of the frame: a face fades into the scene over it

// The faces that are worth a drawing of their own, the largest first, in the photo's pixels.
export async function findFaces(run, photo) {
  const searched = shrink(photo, LARGE_SEARCH_SIDE), ratio = photo.width / searched.width;
  const found = await find(run, searched);
  return found.map(face => scaled(face, ratio)).filter(face => sideOf(face) >= MIN_FACE).slice(0, MAX_FACES);
}

async function find(run, photo) {
  const {width, height} = photo, long = Math.max(width, height);
  let faces = await pass(run, photo, SEARCH_SIDE, MIN_SCORE);
  if (WORTH_A_SECOND_LOOK * long > SEARCH_SIDE) {
    faces = together(faces, await pass(run, photo, LARGE_SEARCH_SIDE, MIN_SCORE));
  }
  if (best(faces) < SURE && Math.min(width, height) * Math.min(1, TURNED_SIDE / long) >= 20) {
    for (const turn of TURNS) {
      const others = await turned(run, photo, turn);
      if (best(others) > best(faces)) faces = others;
      if (best(faces) >= SURE_TURNED) break;
    }
  }
  const kept = [];
  for (const face of faces) {
    if (face.score < SURE && !(await closeUp(run, photo, face)).length) continue;
    kept.push(Math.abs(around(face).angle) > 20 ? await refined(run, photo, face) : face);
  }
  return kept.sort((one, other) => sideOf(other) - sideOf(one));
}

const best = faces => Math.max(0, ...faces.map(face => face.score));

async function pass(run, photo, side, least) {
  const small = shrink(photo, side);
  if (Math.min(small.width, small.height) < 20) return [];
  const [x, y] = [photo.width / small.width, photo.height / small.height];
  const found = (await detect(run, small)).filter(face => face.score >= least);
  return found
    .map(({box: [left, top, right, bottom], landmarks, score}) => ({
      box: [left * x, top * y, right * x, bottom * y], landmarks: landmarks.map(point => [point[0] * x, point[1] * y]), score,
    }))
    .sort((one, other) => boxArea(other) - boxArea(one))
    .filter(looksLikeAFace);
}

const boxArea = ({box: [left, top, right, bottom]}) => (right - left) * (bottom - top);

const closeUp = (run, photo, face) => pass(run, cut(around(face), photo, CLOSE_UP), CLOSE_UP, CLOSE_SCORE);

// A leaning face with landmarks from its upright close-up, where they are more accurate.
async function refined(run, photo, face) {
  const [upright] = await closeUp(run, photo, face);
  if (!upright) return face;
  const matrix = toPhoto(around(face), CLOSE_UP);
  return {...face, landmarks: upright.landmarks.map(point => mapped(matrix, point))};
}

// The faces of a small copy that is rotated clockwise by `turn` degrees, in the photo's pixels.
async function turned(run, photo, turn) {
  const scale = Math.min(1, TURNED_SIDE / Math.max(photo.width, photo.height)), lean = (turn * Math.PI) / 180;
  const [cos, sin] = [Math.cos(lean), Math.sin(lean)];
  const extent = (x, y) => Math.ceil(scale * (Math.abs(x) * photo.width + Math.abs(y) * photo.height) - 1e-9);
  const wide = extent(cos, sin), high = extent(sin, cos);
  const small = resize(photo, Math.max(1, round(photo.width * scale)), Math.max(1, round(photo.height * scale)));
  const matrix = factor => [
    [factor * cos, -factor * sin, wide / 2 - (scale / 2) * (cos * photo.width - sin * photo.height)],
    [factor * sin, factor * cos, high / 2 - (scale / 2) * (sin * photo.width + cos * photo.height)],
  ];
  const picture = warp(small, inverse(matrix(1)), wide, high, black, linearWeights), back = inverse(matrix(scale));
  const found = await pass(run, picture, Math.max(wide, high), TURNED_MIN_SCORE);
  return found.map(face => {
    const [left, top, right, bottom] = face.box, half = sideOf(face) / scale / 2;
    const [x, y] = mapped(back, [(left + right) / 2, (top + bottom) / 2]);
    const landmarks = face.landmarks.map(point => mapped(back, point));
    return {box: [x - half, y - half, x + half, y + half], landmarks, score: face.score};
  });
}

// The faces of two searches; of a face that both found, the more certain one.
function together(faces, others) {
  const merged = [];
  for (const face of [...faces, ...others].sort((one, other) => other.score - one.score)) {
    if (merged.every(other => shared(face.box, other.box) <= SAME_FACE)) merged.push(face);
  }
  return merged;
}

function shared(one, other) {
  const [wide, high] = [0, 1].map(n => Math.min(one[n + 2], other[n + 2]) - Math.max(one[n], other[n]));
  const areas = [one, other].map(([left, top, right, bottom]) => (right - left) * (bottom - top));
  return (Math.max(0, wide) * Math.max(0, high)) / Math.max(1e-6, Math.min(...areas));
}

// The scene with each face drawn into it. `painters`: of the scene, of faces, and the restorer. `isOwn`: the scene's
// network draws the faces as well; `side`: pixels along a canvas. `small` is the photo at the size at which the scene
// was drawn: a scene's network takes a face's colours from it.
export async function paintFaces(scene, photo, small, faces, painters, {isOwn, side}, onFace) {
  if (!faces.length) return scene;
  const frames = faces.map(around);
  const painted = {...scene, data: scene.data.slice()};
  for (let number = 0; number < faces.length; number++) {
    const frame = frames[number], place = region(frame, photo);
    const mask = overlapping(frames, number, photo);
    if (mask.some(Boolean)) {
      const byScene = isOwn || inProfile(faces[number]); // face networks have only seen faces from the front
      const canvas = await canvasOf(frame, photo, side, painters.restorer);
      const painter = byScene ? painters.scene : painters.face;
      // A scene's network sees the whole picture, and knows its light.
      const {spread, back} = byScene ? AS_THEY_ARE : levelsOf(canvas);
      let drawn = back(await painter.paint(spread(canvas), byScene ? {whole: small} : {}));
      const size = pixelsOf(frame);
      drawn = size > side ? await enlarge(drawn, canvas, cut(frame, photo, size)) : resize(drawn, size, size);
      blend(painted, scene, lay(frame, drawn, photo), mask, place, FEATHER * frame.side);
    }
    await onFace((number + 1) / faces.length);
  }
  return painted;
}

const pixelsOf = frame => Math.max(16, round(frame.side));

async function canvasOf(frame, photo, side, restorer) {
  const size = pixelsOf(frame);
  if (size >= SMALL_FACE * side) return cut(frame, photo, side);
  return resize(await double(restorer, cut(frame, photo, size)), side, side);
}
