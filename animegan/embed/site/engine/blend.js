// Combines pictures: Poisson cloning (Pérez, Gangnet, Blake 2003) and soft edges, as animegan/images/blend.py and OpenCV
// do it.

import {BLEND} from './constants.js';
import {areaTaps, crop, cubicTaps, gaussianBlur, linearTaps, newPicture, resizePlane, round} from './pixels.js';

// Puts `drawn` into `painted` at `place` where the mask is 1; its borders are matched to those of `scene`. The mask and
// `drawn` have the size of the place; it fades over `width` pixels.
export function cloneInto(painted, scene, drawn, mask, [left, top], width) {
  const {width: wide, height: high} = drawn, weight = feather(mask, wide, high, width);
  const cloned = poisson(drawn, crop(scene, left, top, left + wide, top + high), mask);
  for (let y = 0, i = 0; y < high; y++) {
    for (let x = 0, at = 4 * ((top + y) * painted.width + left); x < wide; x++, i++, at += 4) {
      if (!weight[i]) continue;
      for (let c = 0; c < 3; c++) painted.data[at + c] += weight[i] * (cloned.data[4 * i + c] - painted.data[at + c]);
    }
  }
}

// `drawn`, cloned into `scene` where the mask is 1; all have the same size.
export function poisson(drawn, scene, mask) {
  const {width, height} = drawn, result = newPicture(width, height);
  const plane = ({data}, c) => Float32Array.from({length: width * height}, (_, i) => data[4 * i + c]);
  for (let c = 0; c < 3; c++) {
    const above = plane(drawn, c), correction = corrections(above, plane(scene, c), mask, width, height);
    for (let i = 0; i < above.length; i++) result.data[4 * i + c] = above[i] + correction[i];
  }
  return result;
}

// The smooth field that makes the borders of the face agree with the scene, of one channel.
function corrections(above, below, mask, wide, high) {
  const scale = Math.min(1, BLEND.SOLVE_SIDE / Math.max(wide, high));
  const w = Math.max(3, round(wide * scale)), h = Math.max(3, round(high * scale));
  const sigma = BLEND.SOFTNESS * Math.max(w, h), reach = (round(6 * sigma + 1) | 1) >> 1;
  const taps = w < wide || h < high ? areaTaps : cubicTaps;
  const small = values => gaussianBlur(resizePlane(values, wide, high, w, h, taps).map(round), w, h, sigma, reach).map(round);
  const [drawn, scene] = [small(above), small(below)];
  const shape = new Uint8Array(w * h);
  for (let y = 0, i = 0; y < h; y++) {
    const line = wide * Math.min(high - 1, Math.floor((y * high) / h));
    for (let x = 0; x < w; x++) shape[i++] = mask[line + Math.min(wide - 1, Math.floor((x * wide) / w))];
  }
  const correction = clone(drawn, scene, shape, w, h);
  return scale < 1 ? resizePlane(correction, w, h, wide, high, linearTaps) : correction;
}

// What the Poisson equation adds to `drawn` inside the shape. Inside, the gradients are those of the drawing; outside,
// and on the border of the shape's rectangle, the scene's.
function clone(drawn, scene, shape, w, h) {
  const result = new Float32Array(w * h), [left, top, right, bottom] = rectangle(shape, w, h);
  const wide = right - left, high = bottom - top;
  if (wide < 3 || high < 3) return result;
  const inner = eroded(shape, w, left, top, wide, high);
  const at = (x, y) => (top + y) * w + left + x;
  const more = (x, y) => drawn[at(x, y)] - scene[at(x, y)];
  const across = new Float32Array(wide * high), down = new Float32Array(wide * high);
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      if (!inner[y * wide + x]) continue;
      if (x + 1 < wide) across[y * wide + x] = more(x + 1, y) - more(x, y);
      if (y + 1 < high) down[y * wide + x] = more(x, y + 1) - more(x, y);
    }
  }
  const [m, n] = [wide - 2, high - 2], wanted = new Float32Array(m * n);
  for (let y = 1; y <= n; y++) {
    for (let x = 1; x <= m; x++) {
      const i = y * wide + x;
      wanted[(y - 1) * m + x - 1] = across[i] - across[i - 1] + down[i] - down[i - wide];
    }
  }
  const solved = solve(wanted, m, n);
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      if (!shape[at(x, y)]) continue;
      const isInside = x > 0 && y > 0 && x <= m && y <= n, i = at(x, y);
      const cloned = scene[i] + (isInside ? solved[(y - 1) * m + x - 1] : 0);
      result[i] = Math.trunc(Math.min(Math.max(cloned, 0), 255)) - drawn[i]; // whole levels, as OpenCV's
    }
  }
  return result;
}

function rectangle(shape, w, h) {
  let [left, top, right, bottom] = [w, h, 0, 0];
  for (let i = 0; i < shape.length; i++) {
    if (!shape[i]) continue;
    const x = i % w, y = (i - x) / w;
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
  }
  return [left, top, right, bottom];
}

// The shape without its outer three pixels, in its rectangle.
function eroded(shape, w, left, top, wide, high) {
  const rows = new Uint8Array(wide * high), result = new Uint8Array(wide * high);
  const every = (source, at, length, step) => {
    for (let n = at - 3; n <= at + 3; n++) if (n < 0 || n >= length || !source[n * step]) return 0;
    return 1;
  };
  for (let y = 0; y < high; y++) {
    const line = shape.subarray((top + y) * w + left);
    for (let x = 0; x < wide; x++) rows[y * wide + x] = every(line, x, wide, 1);
  }
  for (let x = 0; x < wide; x++) {
    const column = rows.subarray(x);
    for (let y = 0; y < high; y++) result[y * wide + x] = every(column, y, high, wide);
  }
  return result;
}

// The field of m × n whose Laplacian is `wanted` and which is 0 around it: by the discrete sine transform, as matrix
// products.
function solve(wanted, m, n) {
  const [rows, columns] = [sines(m), sines(n)];
  const transformed = product(columns, product(wanted, rows, n, m, m), n, n, m);
  const eigenvalue = (at, length) => 2 * Math.cos((Math.PI * (at + 1)) / (length + 1)) - 2;
  const scale = 4 / ((m + 1) * (n + 1));
  for (let y = 0, i = 0; y < n; y++) {
    for (let x = 0; x < m; x++) transformed[i++] *= scale / (eigenvalue(x, m) + eigenvalue(y, n));
  }
  return product(columns, product(transformed, rows, n, m, m), n, n, m);
}

function sines(length) {
  const matrix = new Float32Array(length * length);
  for (let i = 0; i < length; i++) {
    for (let j = 0; j < length; j++) matrix[i * length + j] = Math.sin((Math.PI * (i + 1) * (j + 1)) / (length + 1));
  }
  return matrix;
}

// (rows × inner) · (inner × columns)
function product(one, other, rows, inner, columns) {
  const result = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const sum = result.subarray(i * columns, (i + 1) * columns);
    for (let k = 0; k < inner; k++) {
      const factor = one[i * inner + k], line = other.subarray(k * columns, (k + 1) * columns);
      for (let j = 0; j < columns; j++) sum[j] += factor * line[j];
    }
  }
  return result;
}

// A mask softened inwards: 0 outside and at its edge, 1 from `width` pixels inside.
export function feather(mask, wide, high, width) {
  const far = distances(mask, wide, high);
  return far.map(value => {
    const ramp = Math.min(Math.max((value - 1) / Math.max(1, width), 0), 1);
    return ramp * ramp * (3 - 2 * ramp);
  });
}

// Distance to the nearest 0 of a mask, with the 5 × 5 weights of Borgefors 1986 that OpenCV has.
function distances(mask, wide, high) {
  const steps = [[-1, 0, 1], [0, -1, 1], [-1, -1, 1.4], [1, -1, 1.4], [-2, -1, 2.1969], [2, -1, 2.1969], [-1, -2, 2.1969], [1, -2, 2.1969]];
  const far = Float32Array.from(mask, inside => (inside ? 1e6 : 0));
  const visit = (x, y, sign) => {
    let least = far[y * wide + x];
    if (!least) return;
    for (const [dx, dy, step] of steps) {
      const px = x + sign * dx, py = y + sign * dy;
      if (px >= 0 && py >= 0 && px < wide && py < high) least = Math.min(least, far[py * wide + px] + step);
    }
    far[y * wide + x] = least;
  };
  for (let y = 0; y < high; y++) for (let x = 0; x < wide; x++) visit(x, y, 1);
  for (let y = high - 1; y >= 0; y--) for (let x = wide - 1; x >= 0; x--) visit(x, y, -1);
  return far;
}

// below + weight · (above − below): a weight over 1 goes beyond `above`.
export function mix(below, above, weight) {
  if (weight === 1) return above;
  const result = newPicture(below.width, below.height);
  for (let i = 0; i < result.data.length; i++) result.data[i] = below.data[i] + weight * (above.data[i] - below.data[i]);
  return result;
}
