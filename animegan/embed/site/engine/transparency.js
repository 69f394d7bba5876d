// What is drawn where a photo is transparent: animegan/images/transparency.py.

import {TRANSPARENCY} from './constants.js';
import {areaTaps, cubicTaps, newPicture, resizePlane, round} from './pixels.js';

// Takes the alpha out of a picture, which is opaque afterwards; null if it was so before.
export function takeAlpha(picture) {
  const {width, height, data} = picture;
  const alpha = new Float32Array(width * height);
  let least = 255;
  for (let at = 0; at < alpha.length; at++) {
    alpha[at] = data[4 * at + 3];
    if (alpha[at] < least) least = alpha[at];
    data[4 * at + 3] = 255;
  }
  return least < 255 ? {width, height, data: alpha} : null;
}

// Gives a picture an alpha, which is brought to its size.
export function giveAlpha(picture, alpha) {
  if (!alpha) return picture;
  const {width, height, data} = picture;
  const plane = resized(alpha.data, alpha, picture);
  for (let at = 0; at < width * height; at++) data[4 * at + 3] = Math.min(255, Math.max(0, round(plane[at])));
  return picture;
}

// Replaces colours that nobody sees by those of the visible parts around them, smoothly, so that nothing hidden is drawn.
export function filled(picture, alpha) {
  const {width, height, data} = picture;
  const known = new Float32Array(width * height);
  const light = [0, 1, 2].map(() => new Float32Array(width * height));
  let seen = 0;
  for (let at = 0; at < known.length; at++) {
    if (alpha.data[at] < TRANSPARENCY.LEAST_ALPHA) continue;
    known[at] = 1;
    seen++;
    for (const channel of [0, 1, 2]) light[channel][at] = data[4 * at + channel];
  }
  const result = newPicture(width, height);
  if (!seen) {
    result.data.fill(255);
    return result;
  }
  const scale = Math.min(1, TRANSPARENCY.FILL_SIDE / Math.max(width, height));
  const small = {width: Math.max(1, round(width * scale)), height: Math.max(1, round(height * scale))};
  const planes = [...light, known].map(plane => resized(plane, picture, small));
  const least = Math.min(TRANSPARENCY.LEAST_WEIGHT, planes[3].reduce((most, weight) => Math.max(most, weight), 0));
  const isKnown = planes[3].map(weight => (weight < least ? 0 : 1));
  const around = spread(planes.map(plane => plane.map((value, at) => value * isKnown[at])), small);
  const whole = around.map(plane => resized(plane, small, picture));
  for (let at = 0; at < known.length; at++) {
    for (const channel of [0, 1, 2]) {
      const value = known[at] ? data[4 * at + channel] : round(whole[channel][at]);
      result.data[4 * at + channel] = Math.min(255, Math.max(0, value));
    }
    result.data[4 * at + 3] = 255;
  }
  return result;
}

// Push and pull: halve until every pixel is known, then fill what is not from the half, on the way back up. The planes
// are three colours, multiplied by the last one, their weight.
function spread(planes, size) {
  const weight = planes[3], {width, height} = size;
  const colours = planes.slice(0, 3).map(plane => plane.map((value, at) => value / Math.max(weight[at], 1e-6)));
  if (Math.max(width, height) === 1 || weight.every(value => value > 0)) return colours;
  const half = {width: (width + 1) >> 1, height: (height + 1) >> 1};
  const small = spread(planes.map(plane => resized(plane, size, half)), half).map(plane => resized(plane, half, size));
  return colours.map((plane, channel) => plane.map((value, at) => (weight[at] > 0 ? value : small[channel][at])));
}

function resized(plane, from, to) {
  if (from.width === to.width && from.height === to.height) return plane;
  const taps = from.width > to.width || from.height > to.height ? areaTaps : cubicTaps;
  return resizePlane(plane, from.width, from.height, to.width, to.height, taps);
}
