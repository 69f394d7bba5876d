// What a photo needs, by what was measured: animegan/repair/plan.py.

import {REPAIR, SCENE} from './constants.js';
import {isBlocky, isBlurry, isCoarse, isDark, isFaded, isFlat, isNoisy, isRepeated, isWorn} from './quality.js';

// The plan for a photo with a long side of `side` pixels: {steps: [{stage, reasons}], lost, ownShare, repeated, faceLost,
// side}, as Python's; a `mode` of 'on' restores in any case, 'auto' where something asks for it.
export function planOf(quality, side, mode = 'auto') {
  const reasons = reasonsOf(quality, mode), steps = reasons.length ? [{stage: 'restore', reasons}] : [];
  steps.push(...lightOf(quality));
  const ownShare = ownShareOf(quality);
  const isOwnSize = !isRepeated(quality) && (quality.lost <= REPAIR.SMALLER_OCTAVES || ownShare === 1);
  const [lost, share] = isOwnSize ? [0, 1] : [quality.lost, ownShare];
  return {
    steps,
    lost,
    ownShare: share,
    repeated: quality.repeated,
    faceLost: Math.max(0, quality.lost - REPAIR.FACE_OCTAVES * share),
    side: Math.min(side, SCENE.PAINT_SIDE),
  };
}

// Of a photo that is drawn as it is.
export const NO_PLAN = {steps: []};

// The same, where there is nothing to restore with.
export const withoutRestoring = plan => ({...plan, steps: plan.steps.filter(({stage}) => stage !== 'restore')});

export const restores = plan => plan.steps.some(({stage}) => stage === 'restore');

// The octaves by which a picture with a long side of `side` pixels is larger than the measured one.
export const octavesLarger = (plan, side) => Math.max(0, Math.log2(side / plan.side));

// The octaves of detail that are lost at a long side of `side` pixels; 0: it is restored at that size.
export const lostAt = (plan, side) => (restores(plan) && plan.lost ? plan.lost + octavesLarger(plan, side) : 0);

export const faceLostAt = (plan, side) => (restores(plan) ? plan.faceLost + octavesLarger(plan, side) : 0);

function reasonsOf(quality, mode) {
  const reasons = [];
  if (isBlurry(quality)) reasons.push('blurry');
  if (isNoisy(quality)) reasons.push('noisy');
  if (isBlocky(quality)) reasons.push('blocky');
  if (isWorn(quality) && !reasons.length) reasons.push('worn');
  if (isCoarse(quality) && !isBlurry(quality)) reasons.push('coarse');
  if (mode === 'on' && !reasons.length) reasons.push('asked-for');
  return reasons;
}

function lightOf(quality) {
  if (isFaded(quality)) return [{stage: 'fading', reasons: ['faded']}];
  if (isDark(quality)) return [{stage: 'exposure', reasons: ['dark']}];
  if (isFlat(quality)) return [{stage: 'contrast', reasons: ['flat']}];
  return [];
}

function ownShareOf(quality) {
  if (isRepeated(quality)) return 0;
  return Math.min(1, Math.max(0, (quality.grain - REPAIR.OWN_GRAIN) / (REPAIR.ALL_OWN_GRAIN - REPAIR.OWN_GRAIN)));
}
