// Repairs a photo at the size at which it is painted: the stages of animegan/pipeline/stages.py between the measures and
// the painting, and animegan/repair/true_size.py.

import {mix} from './blend.js';
import {REPAIR, RESTORER} from './constants.js';
import {doubleInViews} from './painter.js';
import {lostAt, octavesLarger, restores} from './plan.js';
import {relight} from './relight.js';
import {resize, round, toLongSide} from './pixels.js';
import {restoreFaces} from './restoring.js';
import {scaled} from './face.js';

const longSide = ({width, height}) => Math.max(width, height);
const like = (picture, other) => resize(picture, other.width, other.height);

// What is painted: {small, photo: after the repair, restored: before its light was repaired or null, larger: the same at
// the size that the restorer gave, steps: what was done}. `doublers`: {own, coarse}, each (picture) → one of twice its size.
export async function repaired(small, plan, doublers) {
  const {restored, larger} = restores(plan) ? await restore(small, plan, doublers) : {restored: null, larger: null};
  return {small, photo: relight(restored ?? small, plan), restored, larger, steps: plan.steps};
}

async function restore(small, plan, {own, coarse}) {
  const lost = lostAt(plan, longSide(small));
  let larger;
  if (!lost) {
    larger = await inViews(own, small);
  } else {
    const repeated = plan.repeated * 2 ** octavesLarger(plan, longSide(small));
    larger = await atTrueSize(small, picture => inViews(coarse, picture), lost, repeated);
    if (plan.ownShare) larger = mix(larger, like(await own(small), small), plan.ownShare);
  }
  return {restored: like(larger, small), larger};
}

// Only as it is, if it is large.
const inViews = (double, picture) =>
  longSide(picture) > RESTORER.ENSEMBLE_SIDE ? double(picture) : doubleInViews(double, picture);

// A photo that has lost octaves of detail, restored at the size of what is left, at its own size again.
export async function atTrueSize(photo, double, lost, repeated) {
  const side = longSide(photo), {LEAST_WORKING} = RESTORER;
  const working = repeated > REPAIR.REPEATED
    ? round(side / repeated)
    : round(side * Math.min(0.5, REPAIR.RESTORED_BLUR / (0.5 * Math.sqrt(4 ** lost - 1))));
  return like(await double(toLongSide(photo, Math.max(LEAST_WORKING, working))), photo);
}

// The work with the faces of a photo that was restored at a smaller size restored as well. `found` are the faces in the
// photo's pixels, `width` is the photo's; `restore` is (picture) → one of twice its size.
export async function withFaces(work, found, width, plan, restore) {
  const lost = lostAt(plan, longSide(work.small));
  if (!lost || !work.restored || !found.length) return work;
  const faces = found.map(face => scaled(face, work.small.width / width));
  const restored = await restoreFaces(work.restored, faces, work.small, lost, restore);
  const hasLight = plan.steps.length > 1;
  const photo = hasLight ? await restoreFaces(work.photo, faces, relight(work.small, plan), lost, restore) : restored;
  return {...work, photo, restored, larger: restored};
}
