// Patterns that are laid over a finished drawing, as the Python package lays them: dots of screentone, grain of paper.
// `scale` is the size of the picture over the size at which it was drawn.

import {PATTERNS} from './constants.js';
import {cubicTaps, gaussianBlur, greyAt, newPicture, resizePlane} from './pixels.js';

const {PERIOD, DARKEST_DOTS, LIGHTEST_DOTS, LINES, LEAST_LINE, SURE_LINE, CONTRAST, GRAINS, GRAIN, TONE_RANGE, EDGE_BLACK, EDGE_WHITE, PURE_WHITE, SHARPNESS, BLUR, HASH} = PATTERNS;

const within = value => Math.min(Math.max(value, 0), 1);

function screentone(picture, scale) {
  const {width, height, data} = picture, result = newPicture(width, height);
  const step = (Math.PI * Math.SQRT2) / (PERIOD * scale);
  const across = Float32Array.from({length: width}, (_, x) => Math.cos(step * x));
  const greys = new Float32Array(width * height), sigma = LINES * scale;
  for (let i = 0; i < greys.length; i++) greys[i] = Math.round(greyAt(data, 4 * i)) / 255;
  const soft = gaussianBlur(greys, width, height, sigma);
  for (let y = 0, at = 0; y < height; y++) {
    const down = Math.cos(step * y);
    for (let x = 0; x < width; x++, at += 4) {
      const grey = greys[at / 4], line = grey - soft[at / 4];
      const light = within((grey - DARKEST_DOTS) / (LIGHTEST_DOTS - DARKEST_DOTS));
      const wave = 0.5 + 0.5 * down * across[x] + light * TONE_RANGE - TONE_RANGE;
      const dots = within(0.5 + wave * SHARPNESS * scale);
      const share = within((grey - DARKEST_DOTS) / EDGE_BLACK) * within((LIGHTEST_DOTS - grey) / EDGE_WHITE);
      const tone = grey >= LIGHTEST_DOTS - PURE_WHITE ? 1 : grey;
      const screened = tone + share * (dots - tone), ink = within(CONTRAST * line + grey);
      const value = 255 * (screened + within((Math.abs(line) - LEAST_LINE) / (SURE_LINE - LEAST_LINE)) * (ink - screened));
      result.data[at] = result.data[at + 1] = result.data[at + 2] = value;
    }
  }
  return result;
}

function paper(picture, scale) {
  const {width, height, data} = picture, grain = new Float32Array(width * height).fill(1);
  GRAINS.forEach((size, layer) => {
    const cell = size * scale, wide = Math.trunc(width / cell) + 2, high = Math.trunc(height / cell) + 2;
    const noise = new Float32Array(wide * high);
    for (let y = 0, at = 0; y < high; y++) for (let x = 0; x < wide; x++) noise[at++] = noiseAt(x, y, layer);
    const bumps = lit(gaussianBlur(noise, wide, high, BLUR, 3), wide, high);
    const deviation = deviationOf(bumps), full = resizePlane(bumps, wide, high, width, height, cubicTaps);
    const strength = GRAIN / Math.sqrt(GRAINS.length) / deviation;
    for (let i = 0; i < grain.length; i++) grain[i] += strength * full[i];
  });
  const result = newPicture(width, height);
  for (let i = 0, at = 0; i < grain.length; i++, at += 4) {
    for (let c = 0; c < 3; c++) result.data[at + c] = data[at + c] * grain[i];
  }
  return result;
}

// Bumps in a light from the top left; the first row lies below the last.
function lit(soft, wide, high) {
  return soft.map((value, at) => {
    const x = at % wide, y = (at - x) / wide;
    return value - soft[((y + high - 1) % high) * wide + ((x + wide - 1) % wide)];
  });
}

// Noise of a cell, evenly distributed from -1 to 1: the same in every picture, here and in Python.
export function noiseAt(x, y, layer) {
  let hash = Math.imul(x, HASH.ACROSS) ^ Math.imul(y, HASH.DOWN) ^ Math.imul(layer + 1, HASH.LAYER);
  hash = Math.imul(hash ^ (hash >>> 16), HASH.FIRST);
  hash = Math.imul(hash ^ (hash >>> 13), HASH.SECOND);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 31 - 1;
}

function deviationOf(values) {
  let sum = 0, squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return Math.sqrt(Math.max(1e-12, squares / values.length - (sum / values.length) ** 2));
}

export const FINISHES = {screentone, paper};
