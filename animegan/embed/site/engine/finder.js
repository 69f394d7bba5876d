// Finds the faces of a photo with MTCNN, in any position, at two sizes: animegan/faces/finder.py.

import {FACES, FINDER} from './constants.js';
import {cut, frameAround, looksLikeAFace, scaled, sideOf, toPhoto} from './face.js';
import {detect} from './mtcnn.js';
import {black, inverse, linearWeights, mapped, resize, round, shrink, warp} from './pixels.js';

const {SEARCH_SIDE, LARGE_SEARCH_SIDE, CLOSE_UP, MIN_SCORE, CERTAIN, TURNED_SIDE} = FACES;

// The faces that are worth painting separately, the largest first, in the photo's pixels.
export async function findFaces(run, photo) {
  const searched = shrink(photo, LARGE_SEARCH_SIDE), ratio = photo.width / searched.width;
  const found = await find(run, searched);
  return found.map(face => scaled(face, ratio)).filter(face => sideOf(face) >= FACES.LEAST_PAINTED).slice(0, FACES.MOST_PAINTED);
}

// A large photo is searched at two sizes. If no upright face is certain, and something looked a little like a face, it is
// searched rotated as well.
async function find(run, photo) {
  const {width, height} = photo, long = Math.max(width, height), sides = [SEARCH_SIDE];
  if (FACES.SECOND_SEARCH * long > SEARCH_SIDE) sides.push(LARGE_SEARCH_SIDE);
  const looks = [];
  for (const side of sides) looks.push(await look(run, photo, side));
  let faces = together(...looks.map(({found}) => found.filter(face => face.score >= MIN_SCORE)));
  const isWide = Math.min(width, height) * Math.min(1, TURNED_SIDE / long) >= FINDER.LEAST_PICTURE;
  if (best(faces) < CERTAIN && looks.some(({isFaceLike}) => isFaceLike) && isWide) {
    for (const turn of FACES.TURNS) {
      const others = await turned(run, photo, turn);
      if (best(others) > best(faces)) faces = others;
      if (best(faces) >= FACES.CERTAIN_TURNED) break;
    }
  }
  const kept = [];
  for (const face of faces) {
    if (face.score < CERTAIN && !(await closeUp(run, photo, face)).length) continue;
    kept.push(Math.abs(frameAround(face).angle) > FINDER.LEANING ? await refined(run, photo, face) : face);
  }
  return kept.sort((one, other) => sideOf(other) - sideOf(one));
}

const best = faces => Math.max(0, ...faces.map(face => face.score));

const pass = async (run, photo, side, least) => (await look(run, photo, side)).found.filter(face => face.score >= least);

// One search, on a copy with a long side of at most `side` pixels: the faces of any probability, but with possible
// landmarks; and whether anything came as far as MTCNN's third network.
async function look(run, photo, side) {
  const small = shrink(photo, side);
  if (Math.min(small.width, small.height) < FINDER.LEAST_PICTURE) return {found: [], isFaceLike: false};
  const [x, y] = [photo.width / small.width, photo.height / small.height];
  const {faces, isFaceLike} = await detect(run, small);
  const found = faces
    .map(({box: [left, top, right, bottom], landmarks, score}) => ({
      box: [left * x, top * y, right * x, bottom * y], landmarks: landmarks.map(point => [point[0] * x, point[1] * y]), score,
    }))
    .sort((one, other) => boxArea(other) - boxArea(one))
    .filter(looksLikeAFace);
  return {found, isFaceLike};
}

const boxArea = ({box: [left, top, right, bottom]}) => (right - left) * (bottom - top);

const closeUp = (run, photo, face) => pass(run, cut(frameAround(face), photo, CLOSE_UP), CLOSE_UP, FACES.CLOSE_SCORE);

// A leaning face with landmarks from its upright close-up, where they are more accurate.
async function refined(run, photo, face) {
  const [upright] = await closeUp(run, photo, face);
  if (!upright) return face;
  const matrix = toPhoto(frameAround(face), CLOSE_UP);
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
  const found = await pass(run, picture, Math.max(wide, high), FACES.TURNED_MIN_SCORE);
  return found.map(face => {
    const [left, top, right, bottom] = face.box, half = sideOf(face) / scale / 2;
    const [x, y] = mapped(back, [(left + right) / 2, (top + bottom) / 2]);
    const landmarks = face.landmarks.map(point => mapped(back, point));
    return {box: [x - half, y - half, x + half, y + half], landmarks, score: face.score};
  });
}

// The faces of one or two searches; of a face that both found, the more certain one.
function together(faces, others) {
  if (!others) return faces;
  const merged = [];
  for (const face of [...faces, ...others].sort((one, other) => other.score - one.score)) {
    if (merged.every(other => shared(face.box, other.box) <= FACES.SAME_FACE)) merged.push(face);
  }
  return merged;
}

function shared(one, other) {
  const [wide, high] = [0, 1].map(n => Math.min(one[n + 2], other[n + 2]) - Math.max(one[n], other[n]));
  const areas = [one, other].map(([left, top, right, bottom]) => (right - left) * (bottom - top));
  return (Math.max(0, wide) * Math.max(0, high)) / Math.max(1e-6, Math.min(...areas));
}
