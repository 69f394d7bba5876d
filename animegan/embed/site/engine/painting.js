// Paints each face upright on a canvas of its own and clones it into the scene: animegan/faces/painting.py.

import {cloneInto, enlarge, mix} from './blend.js';
import {FACE, FACES, PAINTING} from './constants.js';
import {cut, frameAround, inProfile, lay, overlapping, region} from './face.js';
import {crop, greyAt, resize, round} from './pixels.js';
import {levelsOf} from './tones.js';

const {CANVAS, TINY, PLAIN} = FACES;

// The scene with each face painted into it. `small` is the photo at the size at which the scene was painted: a scene's
// network takes a face's colours from it. `networks`: {scene, face: Painters; double: enlarges small faces; restore:
// restores tiny ones, or null}. Both are (picture) → one of twice its size. `onFace(done)` is awaited after each face.
export async function paintFaces(scene, photo, small, faces, networks, onFace) {
  if (!faces.length) return scene;
  const frames = faces.map(frameAround), painted = {...scene, data: scene.data.slice()};
  for (let number = 0; number < faces.length; number++) {
    const frame = frames[number], mask = overlapping(frames, number, photo);
    if (mask.some(Boolean)) {
      const drawn = await paintFace(frame, photo, small, faces[number], networks);
      cloneInto(painted, scene, lay(frame, drawn, photo), mask, region(frame, photo), FACES.FEATHER * frame.side);
    }
    await onFace((number + 1) / faces.length);
  }
  return painted;
}

// A face upright, with as many pixels as its frame has in the photo.
async function paintFace(frame, photo, small, face, networks) {
  const byScene = networks.face === networks.scene || inProfile(face); // networks of faces know faces from the front
  const paint = byScene
    ? canvas => networks.scene.paint(canvas, {whole: small}) // it sees the whole picture, and knows its light
    : canvas => paintSpread(networks.face, canvas);
  const restore = isSure(face) ? networks.restore : null;
  let canvas = await canvasOf(frame, photo, {double: networks.double, restore});
  let drawn = await paint(canvas);
  if (restore && weakerEye(drawn) < FACES.FAINT_EYES) {
    const restored = await restoredFace(frame, photo, FACES.FAINT_SIDE, restore), again = await paint(restored);
    if (weakerEye(again) > FACES.MORE_EYES * weakerEye(drawn)) [canvas, drawn] = [restored, again];
  }
  const size = pixelsOf(frame);
  return size > CANVAS ? enlarge(drawn, canvas, cut(frame, photo, size)) : resize(drawn, size, size);
}

// Whether the network for faces may restore a face.
const isSure = face => face.score >= FACES.SURE && !inProfile(face);

const pixelsOf = frame => Math.max(PAINTING.LEAST_PIXELS, round(frame.side));

// A face ready to be painted. Restorers enlarge a small one: `restore` a tiny one, which has no eyes in its drawing
// otherwise; between the two sizes both do, and the two are mixed.
export async function canvasOf(frame, photo, {double, restore}) {
  if (!restore || frame.side >= PLAIN) return plainCanvas(frame, photo, double);
  const {MULTIPLE} = PAINTING;
  const wanted = MULTIPLE * round((FACES.PER_DETAIL * frame.side) / MULTIPLE);
  const side = Math.min(FACES.MOST_ON_CANVAS, Math.max(FACES.LEAST, wanted));
  const restored = await restoredFace(frame, photo, side, restore);
  if (frame.side <= TINY) return restored;
  const plain = await plainCanvas(frame, photo, double);
  return mix(restored, plain, (frame.side - TINY) / (PLAIN - TINY));
}

async function plainCanvas(frame, photo, double) {
  const size = pixelsOf(frame);
  if (size >= FACES.SMALL * CANVAS) return cut(frame, photo, CANVAS);
  return resize(await double(cut(frame, photo, size)), CANVAS, CANVAS);
}

const restoredFace = async (frame, photo, side, restore) =>
  resize(await restore(cut(frame, photo, side)), CANVAS, CANVAS);

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
