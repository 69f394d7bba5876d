// Blends a drawn face into the scene: Poisson cloning (Pérez, Gangnet, Blake 2003) and a soft edge, as
// animegan/blend.py and OpenCV's seamlessClone do it.

import {areaTaps, cubicTaps, gaussianBlur, linearTaps, resizePlane, round} from './pixels.js';

const SOLVE_SIDE = 256; // pixels: the correction is smooth, so it is found on a small copy
const SOFTNESS = 0.02; // of the longer side: smaller details do not count at the border

// Puts `drawn` into `painted` at `place` where the mask is 1; its borders are matched to those of `scene`. The mask and
// `drawn` have the size of the place; it fades over `width` pixels.
export function blend(painted, scene, drawn, mask, [left, top], width) {
  const {width: wide, height: high} = drawn, weight = feather(mask, wide, high, width);
  for (let c = 0; c < 3; c++) {
    const below = plane(scene, left, top, wide, high, c), above = plane(drawn, 0, 0, wide, high, c);
    const correction = corrections(above, below, mask, wide, high);
    for (let y = 0, i = 0; y < high; y++) {
      for (let x = 0, at = 4 * ((top + y) * painted.width + left) + c; x < wide; x++, i++, at += 4) {
        if (!weight[i]) continue;
        const cloned = Math.min(Math.max(Math.round(above[i] + correction[i]), 0), 255);
        painted.data[at] += weight[i] * (cloned - painted.data[at]);
      }
    }
  }
}

function plane(picture, left, top, wide, high, which) {
  const values = new Float32Array(wide * high);
  for (let y = 0, i = 0; y < high; y++) {
    for (let x = 0, at = 4 * ((top + y) * picture.width + left) + which; x < wide; x++, at += 4) values[i++] = picture.data[at];
  }
  return values;
}

// The smooth field that makes the borders of the face agree with the scene, of one channel.
function corrections(above, below, mask, wide, high) {
  const scale = Math.min(1, SOLVE_SIDE / Math.max(wide, high));
  const w = Math.max(3, round(wide * scale)), h = Math.max(3, round(high * scale));
  const sigma = SOFTNESS * Math.max(w, h), reach = (round(6 * sigma + 1) | 1) >> 1;
  const taps = w < wide || h < high ? areaTaps : cubicTaps;
  const small = values => gaussianBlur(resizePlane(values, wide, high, w, h, taps), w, h, sigma, reach);
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
      const isInside = x > 0 && y > 0 && x <= m && y <= n;
      result[at(x, y)] = (isInside ? solved[(y - 1) * m + x - 1] : 0) - more(x, y);
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

// The shape without its outer three pixels; what lies outside the rectangle does not count.
function eroded(shape, w, left, top, wide, high) {
  const least = (source, at, length, step) => {
    let value = 1;
    for (let n = -3; n <= 3; n++) if (at + n >= 0 && at + n < length) value &= source(n * step);
    return value;
  };
  const rows = new Uint8Array(wide * high), result = new Uint8Array(wide * high);
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) rows[y * wide + x] = least(n => shape[(top + y) * w + left + x + n], x, wide, 1);
  }
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) result[y * wide + x] = least(n => rows[y * wide + x + n], y, high, wide);
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
function feather(mask, wide, high, width) {
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
