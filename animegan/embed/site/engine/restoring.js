// Restores the faces of a photo separately, by a network that knows faces alone: animegan/faces/restoring.py.

import {feather, mix} from './blend.js';
import {FACES} from './constants.js';
import {cut, frameAround, lay, overlapping, pixelsOf, region} from './face.js';
import {isSure} from './painting.js';
import {crop, paste, resize, round} from './pixels.js';

// A repaired photo with its faces restored out of `source`, of the same size, which no restorer has seen and which has
// lost so many octaves of detail. Unsure faces, faces in profile and faces of much detail stay. `restore` is (picture) →
// one of twice its size.
export async function restoreFaces(photo, faces, source, lost, restore) {
  const frames = faces.filter(isSure).map(frameAround), restored = {...photo, data: photo.data.slice()};
  for (const [number, frame] of frames.entries()) {
    const mask = overlapping(frames, number, photo), detail = frame.side / 2 ** lost;
    const side = Math.max(FACES.LEAST, round(FACES.PER_DETAIL * detail)), size = pixelsOf(frame);
    if (!mask.some(Boolean) || side > FACES.MOST_IN_PHOTO) continue;
    const [left, top, right, bottom] = region(frame, photo), share = detail <= FACES.TINY_IN_PHOTO ? 1 : FACES.SHARE_IN_PHOTO;
    const face = resize(await restore(cut(frame, source, side)), size, size);
    const soft = feather(mask, right - left, bottom - top, FACES.RESTORED_FEATHER * frame.side).map(weight => share * weight);
    const here = crop(restored, left, top, right, bottom);
    paste(restored, mix(here, lay(frame, face, photo), 0, soft), left, top);
  }
  return restored;
}
