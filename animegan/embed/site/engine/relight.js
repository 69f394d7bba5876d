// Repairs the light and the colours of dark, flat and faded photos: animegan/repair/tones.py.

import {RELIGHT, REPAIR} from './constants.js';
import {fromLab, toLab8} from './lab.js';
import {highlightsOf, levelAt, meanExposure} from './measures.js';
import {mirrored, newPicture, round} from './pixels.js';
import {greyOf} from './quality.js';
import {levelsOf} from './tones.js';

const {CLIP, TILES, NEARLY_BLACK, NEARLY_WHITE, OUTSIDE, LEAST_LIGHT, LEAST_HIGH, LEAST_SPAN, SHARES} = RELIGHT;

// Gives a picture the light that a plan asks for, by its own curves.
export function relight(picture, plan) {
  return plan.steps.reduce((lit, {stage}) => STAGES[stage]?.(lit) ?? lit, picture);
}

const STAGES = {
  fading: picture => through(unfadeCurves(picture), picture),
  exposure: picture => through(new Array(3).fill(liftCurve(picture)), picture),
  contrast: picture => equalize(levelsOf(picture, OUTSIDE, REPAIR.FULL_RANGE, REPAIR.MOST_SPREAD).spread(picture)),
};

// The levels that brighten a dark photo, less so near black.
function liftCurve(picture) {
  const grey = greyOf(picture), {GOOD_EXPOSURE, GOOD_HIGHLIGHTS, MOST_LIFT, LIFTED_BLACK} = REPAIR;
  const gammas = [[meanExposure(grey), GOOD_EXPOSURE], [highlightsOf(grey), GOOD_HIGHLIGHTS]].map(([level, good]) =>
    Math.log(Math.min(Math.max(level, LEAST_LIGHT), good)) / Math.log(good));
  const gamma = Math.min(...gammas, MOST_LIFT);
  const curve = Array.from({length: 256}, (_, level) => (level / 255 + LIFTED_BLACK) ** (1 / gamma));
  return Uint8ClampedArray.from(curve, value => (255 * (value - curve[0])) / (curve[255] - curve[0]));
}

// The levels of each channel that take veil and tint off an old print.
function unfadeCurves({data}) {
  const {FADED_TO, MOST_TINT, MOST_STRETCH} = REPAIR;
  const channels = [0, 1, 2].map(c => Uint8Array.from({length: data.length / 4}, (_, i) => data[4 * i + c]));
  const [low, high] = SHARES.map(share => channels.map(levels => levelAt(levels, share) / 255));
  const gains = high.map(value => Math.min(Math.max(...high) / Math.max(value, LEAST_HIGH), MOST_TINT));
  gains[1] = Math.min(gains[1], (gains[0] + gains[2]) / 2);
  const [darkest, brightest] = [low, high].map(ends => ends.reduce((sum, value, c) => sum + value * gains[c], 0) / 3);
  const below = (FADED_TO - NEARLY_BLACK) / Math.max(LEAST_SPAN, FADED_TO - darkest);
  const above = (NEARLY_WHITE - FADED_TO) / Math.max(LEAST_SPAN, brightest - FADED_TO);
  const stretch = Math.max(1, Math.min(MOST_STRETCH, below, above));
  return gains.map(gain => Uint8ClampedArray.from({length: 256}, (_, level) =>
    255 * (FADED_TO + ((level / 255) * gain - FADED_TO) * stretch)));
}

function through(curves, {width, height, data}) {
  const result = newPicture(width, height);
  for (let at = 0; at < data.length; at++) if (at % 4 < 3) result.data[at] = curves[at % 4][data[at]];
  return result;
}

// Equalizes L of Lab locally with limited contrast (Zuiderveld 1994), in tiles, as OpenCV does.
export function equalize({width, height, data}) {
  const lights = new Uint8ClampedArray(width * height), lab = [0, 0, 0], result = newPicture(width, height);
  for (let i = 0; i < lights.length; i++) {
    toLab8(data, 4 * i, lab);
    lights[i] = lab[0];
  }
  const isEven = width % TILES === 0 && height % TILES === 0; // otherwise the picture is mirrored beyond its edges
  const [wide, high] = [width, height].map(side => (isEven ? side : side + TILES - (side % TILES)) / TILES);
  const curves = Array.from({length: TILES ** 2}, (_, n) => tileCurve(lights, width, height, n % TILES, Math.floor(n / TILES), wide, high));
  const across = Array.from({length: width}, (_, x) => between(x / wide - 0.5));
  for (let y = 0, i = 0; y < height; y++) {
    const down = between(y / high - 0.5), above = down.first * TILES, below = down.second * TILES;
    for (let x = 0; x < width; x++, i++) {
      const {first, second, share} = across[x], level = lights[i];
      const upper = curves[above + first][level] * (1 - share) + curves[above + second][level] * share;
      const lower = curves[below + first][level] * (1 - share) + curves[below + second][level] * share;
      toLab8(data, 4 * i, lab);
      const lit = round(upper * (1 - down.share) + lower * down.share);
      fromLab(lit / 2.55, lab[1] - 128, lab[2] - 128, result.data, 4 * i);
    }
  }
  return result;
}

// The tiles on both sides of a place, and how much of the second is seen.
function between(place) {
  const before = Math.floor(place);
  return {first: Math.max(before, 0), second: Math.min(before + 1, TILES - 1), share: place - before};
}

// The levels of one tile: its sums of the histogram, of which no bar is higher than the limit.
function tileCurve(lights, width, height, column, row, wide, high) {
  const bars = new Float64Array(256), limit = Math.max(1, Math.floor((CLIP * wide * high) / 256));
  for (let y = row * high; y < (row + 1) * high; y++) {
    const line = width * mirrored(y, height);
    for (let x = column * wide; x < (column + 1) * wide; x++) bars[lights[line + mirrored(x, width)]]++;
  }
  let over = 0;
  bars.forEach((bar, level) => {
    over += Math.max(0, bar - limit);
    bars[level] = Math.min(bar, limit);
  });
  let rest = over % 256;
  const step = Math.max(Math.floor(256 / rest), 1), each = Math.floor(over / 256);
  for (let level = 0; level < 256; level++) bars[level] += each;
  for (let level = 0; level < 256 && rest > 0; level += step, rest--) bars[level]++;
  let sum = 0;
  return Uint8ClampedArray.from(bars, bar => ((sum += bar) * 255) / (wide * high));
}
