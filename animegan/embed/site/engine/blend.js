// Combines pictures: Poisson cloning (Pérez, Gangnet, Blake 2003) and soft edges, as animegan/images/blend.py and OpenCV
// do it.

import {BLEND} from './constants.js';
import {
  areaTaps, channel, crop, cubicTaps, gaussianBlur, greyAt, linearTaps, mirrored, newPicture, resizePlane, round,
} from './pixels.js';

// Puts `drawn` into `painted` at a place where the mask is 1, by its `weight`; its borders are matched to those of `scene`.
// Mask, weight and `drawn` have the size of the place.
export function cloneInto(painted, scene, drawn, {mask, weight}, [left, top]) {
  const {width: wide, height: high} = drawn;
  const cloned = poisson(drawn, crop(scene, left, top, left + wide, top + high), mask);
  for (let y = 0, i = 0; y < high; y++) {
    for (let x = 0, at = 4 * ((top + y) * painted.width + left); x < wide; x++, i++, at += 4) {
      if (!weight[i]) continue;
      for (let c = 0; c < 3; c++) painted.data[at + c] += weight[i] * (cloned.data[4 * i + c] - painted.data[at + c]);
    }
  }
}

// `drawn`, cloned into `scene` where the mask is 1; all have the same size. Colours become those of the scene where the
// border has them; then only the light is cloned.
export function poisson(drawn, scene, mask) {
  const {width, height} = drawn, result = newPicture(width, height), correction = corrections(drawn, scene, mask);
  for (let i = 0; i < result.data.length; i += 4) {
    for (let c = 0; c < 3; c++) result.data[i + c] = drawn.data[i + c] + correction[c][i / 4];
  }
  return result;
}

// The smooth field of each channel that makes the borders of the face agree with the scene.
function corrections(drawn, scene, mask) {
  const {width: wide, height: high} = drawn, scale = Math.min(1, BLEND.SOLVE_SIDE / Math.max(wide, high));
  const w = Math.max(3, round(wide * scale)), h = Math.max(3, round(high * scale));
  const sigma = BLEND.SOFTNESS * Math.max(w, h), reach = (round(6 * sigma + 1) | 1) >> 1;
  const taps = w < wide || h < high ? areaTaps : cubicTaps;
  const small = ({data}) =>
    [0, 1, 2].map(c => {
      const values = Float32Array.from({length: wide * high}, (_, i) => data[4 * i + c]);
      return resizePlane(values, wide, high, w, h, taps).map(round);
    });
  const blurred = planes => planes.map(plane => gaussianBlur(plane, w, h, sigma, reach).map(round));
  const shape = new Uint8Array(w * h);
  for (let y = 0, i = 0; y < h; y++) {
    const line = wide * Math.min(high - 1, Math.floor((y * high) / h));
    for (let x = 0; x < w; x++) shape[i++] = mask[line + Math.min(wide - 1, Math.floor((x * wide) / w))];
  }
  const sharp = small(scene), above = blurred(small(drawn)), below = blurred(sharp);
  const coloured = recoloured(above, below, sharp, shape, w, h);
  const light = new Float32Array(w * h);
  for (let c = 0; c < 3; c++) {
    const added = clone(coloured[c], below[c], shape, w, h);
    for (let i = 0; i < light.length; i++) light[i] += BLEND.LUMA[c] * added[i];
  }
  return coloured.map((plane, c) => {
    const correction = light.map((added, i) => (shape[i] ? added + plane[i] - above[c][i] : 0));
    return scale < 1 ? resizePlane(correction, w, h, wide, high, linearTaps) : correction;
  });
}

// Adds to each pixel of the shape the mean difference from `drawn` to `scene` on the border of the shape, where the
// scene has the colour that it has at the pixel before it was blurred (`sharp`).
function recoloured(drawn, scene, sharp, shape, w, h) {
  const {LIKENESS, LIGHT, FEW, PLACES} = BLEND;
  const isInside = (x, y) => x >= 0 && y >= 0 && x < w && y < h && shape[y * w + x];
  const border = [];
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const isWhole = isInside(x - 1, y) && isInside(x + 1, y) && isInside(x, y - 1) && isInside(x, y + 1);
      if (isInside(x, y) && !isWhole) border.push(y * w + x);
    }
  }
  const places = Array.from({length: PLACES}, (_, n) => border[Math.floor((n * border.length) / PLACES)]);
  const chromatic = (planes, i) => {
    const [red, green, blue] = planes.map(plane => plane[i]);
    const light = BLEND.LUMA[0] * red + BLEND.LUMA[1] * green + BLEND.LUMA[2] * blue;
    return [0.713 * (red - light), 0.564 * (blue - light), LIGHT * light];
  };
  const colours = places.map(place => chromatic(scene, place));
  const result = drawn.map(plane => Float32Array.from(plane));
  for (let i = 0; i < shape.length; i++) {
    if (!shape[i]) continue;
    let sum = FEW;
    const more = [0, 0, 0], colour = chromatic(sharp, i);
    places.forEach((place, n) => {
      const apart = colour.reduce((total, value, c) => total + (value - colours[n][c]) ** 2, 0);
      const alike = Math.exp(-apart / (2 * LIKENESS ** 2));
      sum += alike;
      for (let c = 0; c < 3; c++) more[c] += alike * (scene[c][place] - drawn[c][place]);
    });
    for (let c = 0; c < 3; c++) result[c][i] = Math.min(255, Math.max(0, round(drawn[c][i] + more[c] / sum)));
  }
  return result;
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
export function distances(mask, wide, high) {
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

// A drawing without colour where its photo, of the same size, has none.
export function keepGrey(drawing, photo) {
  const {GREY, COLOURED, AROUND} = BLEND, {width, height, data} = photo;
  const span = Float32Array.from({length: width * height}, (_, i) => {
    const [red, green, blue] = [data[4 * i], data[4 * i + 1], data[4 * i + 2]];
    return Math.max(red, green, blue) - Math.min(red, green, blue);
  });
  const reach = (AROUND - 1) / 2;
  const most = (plane, from, step, at, length) => {
    let result = 0;
    for (let n = Math.max(0, at - reach); n <= Math.min(length - 1, at + reach); n++) result = Math.max(result, plane[from + n * step]);
    return result;
  };
  const mean = (plane, from, step, at, length) => {
    let sum = 0;
    for (let n = at - reach; n <= at + reach; n++) sum += plane[from + mirrored(n, length) * step];
    return sum / AROUND;
  };
  const pass = (plane, filter) => {
    const rows = plane.map((_, i) => filter(plane, i - (i % width), 1, i % width, width));
    return rows.map((_, i) => filter(rows, i % width, width, Math.floor(i / width), height));
  };
  const result = newPicture(width, height);
  pass(pass(span, most), mean).forEach((value, i) => {
    const share = Math.min(1, Math.max(0, (value - GREY) / (COLOURED - GREY))), grey = greyAt(drawing.data, 4 * i);
    for (let c = 0; c < 3; c++) result.data[4 * i + c] = grey + share * (drawing.data[4 * i + c] - grey);
  });
  return result;
}

// below + weight · (above − below): a weight over 1 goes beyond `above`. `kept`: where `above` stays as it is, 0 to 1.
export function mix(below, above, weight, kept = null) {
  if (weight === 1) return above;
  const result = newPicture(below.width, below.height);
  for (let i = 0; i < result.data.length; i++) {
    const share = kept ? weight + (1 - weight) * kept[i >> 2] : weight;
    result.data[i] = below.data[i] + share * (above.data[i] - below.data[i]);
  }
  return result;
}

// What a Gaussian of `sigma` pixels takes from a picture is added once more, times `gain`: an unsharp mask.
export function sharpened(picture, sigma, gain) {
  const {width, height} = picture, result = newPicture(width, height);
  for (let c = 0; c < 3; c++) {
    const plane = channel(picture, c), soft = gaussianBlur(plane, width, height, sigma);
    for (let i = 0; i < plane.length; i++) result.data[4 * i + c] = 255 * (plane[i] + gain * (plane[i] - soft[i]));
  }
  return result;
}
