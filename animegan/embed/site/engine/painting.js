// Paints each face upright on a canvas of its own and lays it into the scene: animegan/faces/painting.py.

import {cloneInto, feather, mix, sharpened} from './blend.js';
import {FACE, FACES, PAINTING} from './constants.js';
import {cut, frameAround, inProfile, lay, overlapping, pixelsOf, region, scaledFrame} from './face.js';
import {crop, greyAt, resize, round} from './pixels.js';
import {levelsOf} from './tones.js';

const {TINY, PLAIN} = FACES;

// Each face of a photo as {face, picture, head}: painted upright on its canvas, and the mask of the head if the network
// gives one, a grey picture. `small` is the photo at its paint size: a
// scene's network takes a face's colours from it. `networks`: {scene, face: Painters; double: enlarges small faces;
// restore: restores tiny ones, told whether the result `isMixed` with the photo, or null; eyes: and those whose eyes would be faint}. Both are (picture) → one of twice its
// size. Of a photo that was restored also {detailed: {picture, ratio: its size over the photo's}, from which faces are cut
// without being enlarged first; lost: the octaves of detail that the photo's faces have lost}. `onFace(done)` is awaited
// after each face.
export async function paintFaces(photo, small, faces, networks, onFace) {
  const painted = [];
  for (const face of faces) {
    painted.push({face, ...(await paintFace(photo, small, face, networks))});
    await onFace(painted.length / faces.length);
  }
  return painted;
}

// How often a scene that is `ratio` times as large as the photo is doubled, `most` times at most, before a face is laid
// into it: until its canvas has as many pixels as the scene has for it.
export const faceDoublings = (painted, ratio, most) => Math.min(most, Math.max(0, round(octaves(painted, ratio))));

// The face on a canvas of twice the side, if a scene of this ratio has much more pixels for it.
export const enlargedFace = async (painted, ratio, double) =>
  octaves(painted, ratio) < -FACES.LARGER_BY ? {...painted, picture: await double(painted.picture)} : painted;

const octaves = ({face, picture}, ratio) => Math.log2(picture.width / (ratio * frameAround(face).side));

// A scene that is `ratio` times as large as the photo, with the faces that are `chosen` laid into it. Each is matched to
// the edges of the scene without faces. `onFace()` is awaited after each.
export async function layFaces(scene, faces, ratio, chosen, onFace = async () => {}) {
  const frames = faces.map(({face}) => scaledFrame(frameAround(face), ratio));
  const joined = {...scene, data: scene.data.slice()};
  for (const [number, frame] of frames.entries()) {
    const place = chosen[number] ? placeOf(frames, number, faces[number].head, scene) : null;
    if (!place?.mask.some(Boolean)) continue;
    const size = pixelsOf(frame), laid = lay(frame, resize(faces[number].picture, size, size), scene);
    cloneInto(joined, scene, laid, place, region(frame, scene));
    await onFace();
  }
  return joined;
}

// Where the faces of a photo lie in a drawing of its size.
export function faceWeights(faces, drawing) {
  const frames = faces.map(({face}) => frameAround(face)), weights = new Float32Array(drawing.width * drawing.height);
  for (const [number, frame] of frames.entries()) {
    const [left, top, right] = region(frame, drawing), wide = right - left;
    placeOf(frames, number, faces[number].head, drawing).weight.forEach((weight, i) => {
      const at = (top + Math.floor(i / wide)) * drawing.width + left + (i % wide);
      weights[at] = Math.max(weights[at], weight);
    });
  }
  return weights;
}

// Where a face lies in its region: {mask, 0 or 1; weight, 0 to 1}. Without a `head` it is an ellipse.
function placeOf(frames, number, head, scene) {
  const frame = frames[number], [left, top, right, bottom] = region(frame, scene), [wide, high] = [right - left, bottom - top];
  const mask = overlapping(frames, number, scene, !head), weight = feather(mask, wide, high, FACES.FEATHER * frame.side);
  if (!head) return {mask, weight};
  const size = pixelsOf(frame), laid = lay(frame, resize(head, size, size), scene);
  for (let i = 0; i < mask.length; i++) if (laid.data[4 * i] <= PAINTING.HEAD) mask[i] = 0;
  const soft = feather(mask, wide, high, FACES.HEAD_FEATHER * frame.side);
  return {mask, weight: weight.map((value, i) => value * soft[i])};
}

async function paintFace(photo, small, face, networks) {
  const frame = frameAround(face);
  const byScene = networks.face === networks.scene || inProfile(face); // networks of faces know faces from the front
  const {head_mask: givesMask} = networks.face.about, side = !byScene && givesMask ? FACES.SMALL_CANVAS : FACES.CANVAS;
  const paint = async canvas => {
    if (byScene) return {picture: await networks.scene.paint(canvas, {whole: small}), head: null}; // it knows its light
    return givesMask ? paintTwice(networks, canvas, small) : {picture: await paintSpread(networks.face, canvas), head: null};
  };
  const restore = isSure(face) ? networks.restore : null;
  const {double, detailed, lost} = networks;
  const drawn = await paint(await canvasOf(frame, photo, {double: detailed ? null : double, restore, side, detailed, lost}));
  if (restore && networks.eyes && weakerEye(drawn.picture) < FACES.FAINT_EYES) {
    const again = await paint(await restoredFace(frame, photo, FACES.FAINT_SIDE, restore, side));
    if (weakerEye(again.picture) > FACES.MORE_EYES * weakerEye(drawn.picture)) return again;
  }
  return drawn;
}

// Whether the network for faces may restore a face.
export const isSure = face => face.score >= FACES.SURE && !inProfile(face);

// A face ready to be painted. Restorers enlarge a small one: `restore` a tiny one, which has no eyes in its drawing
// otherwise; between the two sizes both do, and the two are mixed.
export async function canvasOf(frame, photo, {double, restore, side: canvas = FACES.CANVAS, detailed, lost = 0}) {
  const {picture, ratio} = detailed ?? {picture: photo, ratio: 1}, detail = frame.side / 2 ** lost;
  const plain = () => plainCanvas(frame, picture, ratio, double, canvas);
  if (!restore || detail >= PLAIN) return plain();
  const {MULTIPLE} = PAINTING;
  const wanted = MULTIPLE * round((FACES.PER_DETAIL * detail) / MULTIPLE);
  const side = Math.min(FACES.MOST_ON_CANVAS, Math.max(FACES.LEAST, wanted));
  const restored = await restoredFace(frame, photo, side, restore, canvas, detail > TINY);
  if (detail <= TINY) return restored;
  return mix(restored, await plain(), (detail - TINY) / (PLAIN - TINY));
}

async function plainCanvas(frame, picture, ratio, double, side) {
  const size = pixelsOf(frame), there = ratio === 1 ? frame : scaledFrame(frame, ratio);
  if (!double || size >= FACES.SMALL * side) return cut(there, picture, side);
  return resize(await double(cut(there, picture, size)), side, side);
}

// With no more pixels than fill the canvas when they are doubled.
const restoredFace = async (frame, photo, side, restore, canvas, isMixed = false) =>
  resize(await restore(cut(frame, photo, Math.min(side, canvas >> 1)), isMixed), canvas, canvas);

// The drawing of a network that gives a mask, painted by that of the scene; `shown` of it is seen through the paint.
async function paintTwice({face, scene, shown}, canvas, whole) {
  const {picture, head} = await face.paintHead(canvas), side = FACES.INKED_CANVAS;
  const clear = resize(sharpened(picture, FACES.LINE_WIDTH, FACES.LINE_GAIN), side, side);
  return {picture: mix(await scene.paint(clear, {whole}), clear, shown), head};
}

// Paints with the tones of a dull or dark face spread: networks of faces know well-lit ones.
async function paintSpread(painter, canvas) {
  const levels = faceLevels(canvas);
  return levels.back(await painter.paint(levels.spread(canvas)), FACES.KEPT_GAIN);
}

export function faceLevels(canvas) {
  const edge = Math.floor(canvas.height / PAINTING.EDGE_SHARE), end = canvas.height - edge;
  return levelsOf(crop(canvas, edge, edge, end, end), PAINTING.OUTSIDE, FACES.FULL_RANGE, FACES.MOST_GAIN);
}

// The contrast of the weaker eye of a face that fills its frame: the standard deviation of the greys around it.
export function weakerEye({width, data}) {
  const apart = width * FACE.EYES_APART, height = width * FACE.EYES;
  const [up, aside] = [PAINTING.EYE_HIGH * apart, PAINTING.EYE_WIDE * apart];
  const contrasts = [-1, 1].map(way => {
    const middle = width / 2 + (way * apart) / 2, greys = [];
    for (let y = round(height - up); y < round(height + up); y++) {
      for (let x = round(middle - aside); x < round(middle + aside); x++) greys.push(greyAt(data, 4 * (y * width + x)));
    }
    const mean = greys.reduce((sum, grey) => sum + grey, 0) / greys.length;
    return Math.sqrt(greys.reduce((sum, grey) => sum + (grey - mean) ** 2, 0) / greys.length);
  });
  return Math.min(...contrasts);
}
