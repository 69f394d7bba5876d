// The first and the last stage of a photo: animegan/pipeline/stages.py and animegan/images/sizes.py.

import {SCENE} from './constants.js';
import {doublings} from './enlarger.js';
import {enlargedFace, faceDoublings, layFaces} from './painting.js';
import {resize, round} from './pixels.js';

// The width and height at which a photo is painted: a long side of `side`, or more if the photo is narrow, so that its
// short side does not get too short; never larger than the photo.
export function paintSize(width, height, side) {
  const least = (SCENE.LEAST_SHORT * side) / Math.min(width, height);
  const scale = Math.min(1, Math.max(side / Math.max(width, height), least));
  return [width, height].map(length => Math.max(1, round(scale * length)));
}

// The photo at its paint size; a `side` of 0 leaves it.
export const atPaintSide = (photo, side = SCENE.PAINT_SIDE) =>
  side ? resize(photo, ...paintSize(photo.width, photo.height, side)) : photo;

// The scene with its `painted` faces, {face, picture} each, at the size of the photo. A face joins the scene at the size that
// fits its canvas, and is enlarged with it from there. `double` is (drawing, again, onTile) → one of twice
// its size; `again`: it has been doubled already. `onPart(fraction)` is awaited after each tile and each face, and may
// throw to stop.
export async function joinAndEnlarge(scene, painted, photo, double, onPart = async () => {}) {
  const steps = doublings(photo.width / scene.width), ratio = scene.width / photo.width;
  const faces = [];
  for (const each of painted) faces.push(await enlargedFace(each, ratio, picture => double(picture, false)));
  const laidAt = faces.map(face => faceDoublings(face, ratio, steps));
  let drawing = scene;
  for (let step = 0; step <= steps; step++) {
    const part = done => onPart((step + done) / (steps + 1));
    if (laidAt.includes(step)) {
      const chosen = laidAt.map(at => at === step);
      drawing = await layFaces(drawing, faces, drawing.width / photo.width, chosen, () => part(0));
    }
    if (step < steps) drawing = await double(drawing, step > 0, (done, all) => part(done / all));
  }
  return resize(drawing, photo.width, photo.height);
}
