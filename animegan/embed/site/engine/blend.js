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
      const values = new Float32Array(wide * high);
      for (let i = 0, at = c; i < values.length; i++, at += 4) values[i] = data[at];
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
  const colour = new Float64Array(3); // of one pixel, as differences and light
  const chromatic = (planes, i) => {
    const red = planes[0][i], blue = planes[2][i];
    const light = BLEND.LUMA[0] * red + BLEND.LUMA[1] * planes[1][i] + BLEND.LUMA[2] * blue;
    colour[0] = 0.713 * (red - light);
    colour[1] = 0.564 * (blue - light);
    colour[2] = LIGHT * light;
    return colour;
  };
  const colours = Float64Array.from(places.flatMap(place => [...chromatic(scene, place)]));
  const apart = Float64Array.from(places.flatMap(place => [0, 1, 2].map(c => scene[c][place] - drawn[c][place])));
  const result = drawn.map(plane => Float32Array.from(plane)), more = new Float64Array(3), falloff = -1 / (2 * LIKENESS ** 2);
  for (let i = 0; i < shape.length; i++) {
    if (!shape[i]) continue;
    chromatic(sharp, i);
    more.fill(0);
    let sum = FEW;
    for (let at = 0; at < colours.length; at += 3) {
      const red = colour[0] - colours[at], blue = colour[1] - colours[at + 1], light = colour[2] - colours[at + 2];
      const alike = Math.exp((red * red + blue * blue + light * light) * falloff);
      sum += alike;
      for (let c = 0; c < 3; c++) more[c] += alike * apart[at + c];
    }
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
  const eigenvalues = length => Float64Array.from({length}, (_, at) => 2 * Math.cos((Math.PI * (at + 1)) / (length + 1)) - 2);
  const [across, down] = [eigenvalues(m), eigenvalues(n)], scale = 4 / ((m + 1) * (n + 1));
  for (let y = 0, i = 0; y < n; y++) {
    for (let x = 0; x < m; x++) transformed[i++] *= scale / (across[x] + down[y]);
  }
  return product(columns, product(transformed, rows, n, m, m), n, n, m);
}

function sines(length) {
  const matrix = new Float32Array(length * length), period = 2 * (length + 1);
  const wave = Float64Array.from({length: period}, (_, at) => Math.sin((2 * Math.PI * at) / period));
  for (let i = 0; i < length; i++) {
    for (let j = 0; j < length; j++) matrix[i * length + j] = wave[((i + 1) * (j + 1)) % period];
  }
  return matrix;
}

// (rows × inner) · (inner × columns), four of `inner` at a time, as each sum is read and written once for them.
function product(one, other, rows, inner, columns) {
  const result = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const sum = result.subarray(i * columns, (i + 1) * columns);
    for (let k = 0; k < inner; k += 4) {
      const [a, b, c, d] = [0, 1, 2, 3].map(n => (k + n < inner ? one[i * inner + k + n] : 0));
      const [first, second, third, fourth] = [0, 1, 2, 3].map(n => Math.min(k + n, inner - 1) * columns);
      for (let j = 0; j < columns; j++) {
        sum[j] += a * other[first + j] + b * other[second + j] + c * other[third + j] + d * other[fourth + j];
      }
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
  const span = new Float32Array(width * height);
  for (let i = 0, at = 0; i < span.length; i++, at += 4) {
    const red = data[at], green = data[at + 1], blue = data[at + 2];
    span[i] = Math.max(red, green, blue) - Math.min(red, green, blue);
  }
  const most = (line, at) => {
    let result = 0;
    for (let n = at; n < at + AROUND; n++) if (line[n] > result) result = line[n];
    return result;
  };
  const mean = (line, at) => {
    let sum = 0;
    for (let n = at; n < at + AROUND; n++) sum += line[n];
    return sum / AROUND;
  };
  const around = (plane, filter) => both(plane, width, height, AROUND >> 1, filter);
  const spans = around(around(span, most), mean), result = newPicture(width, height);
  for (let i = 0, at = 0; i < spans.length; i++, at += 4) {
    const share = Math.min(1, Math.max(0, (spans[i] - GREY) / (COLOURED - GREY))), grey = greyAt(drawing.data, at);
    for (let c = 0; c < 3; c++) result.data[at + c] = grey + share * (drawing.data[at + c] - grey);
  }
  return result;
}

// A filter along rows, then along columns: `filter(line, at)` of a line that is mirrored for `reach` pixels at its ends.
function both(plane, width, height, reach, filter) {
  const result = Float32Array.from(plane);
  for (const [lines, length, stride, step] of [[height, width, width, 1], [width, height, 1, width]]) {
    const line = new Float32Array(length + 2 * reach), places = Int32Array.from(line, (_, at) => step * mirrored(at - reach, length));
    for (let n = 0; n < lines; n++) {
      const start = n * stride;
      for (let at = 0; at < line.length; at++) line[at] = result[start + places[at]];
      for (let at = 0; at < length; at++) result[start + at * step] = filter(line, at);
    }
  }
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
