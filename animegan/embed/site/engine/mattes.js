// Mattes: how much of a pixel belongs to what is in front, {width, height, data}, 0 to 1: animegan/images/mattes.py.

import {distances} from './blend.js';
import {MATTES} from './constants.js';
import {areaTaps, gaussianBlur, linearTaps, mirrored, newPicture, resize, resizePlane, round} from './pixels.js';

// Spreads a matte's values from `low` to `high` over 0 to 1.
export function stretched({width, height, data}, low, high) {
  return {width, height, data: data.map(value => Math.min(1, Math.max(0, (value - low) / (high - low))))};
}

// Whether a matte shows anything that is worth the name.
export function seen({data}) {
  let count = 0;
  for (const value of data) if (value >= 0.5) count++;
  return count / data.length >= MATTES.LEAST;
}

// Enlarges a matte so that its border follows the picture's: a guided filter, fitted at the matte's size. Rows of the
// result are made of two rows of it each, so a large photo needs no more planes.
export function guided(matte, picture, radius, eps) {
  const {width, height} = matte, guide = resize(picture, width, height);
  const colours = [0, 1, 2].map(c => matte.data.map((_, at) => guide.data[4 * at + c] / 255));
  const planes = fitted(colours, matte, radius, eps).map(plane => boxBlur(plane, width, height, radius));
  const across = linearTaps(width, picture.width), down = linearTaps(height, picture.height);
  const result = new Float32Array(picture.width * picture.height);
  const rows = planes.map(() => new Float32Array(width));
  for (let y = 0; y < picture.height; y++) {
    rows.forEach((row, n) => {
      for (let x = 0; x < width; x++) row[x] = weighted(planes[n], x, width, down[y]);
    });
    for (let x = 0; x < picture.width; x++) {
      const at = y * picture.width + x;
      let value = weighted(rows[3], 0, 1, across[x]);
      for (let c = 0; c < 3; c++) value += (weighted(rows[c], 0, 1, across[x]) * picture.data[4 * at + c]) / 255;
      result[at] = Math.min(1, Math.max(0, value));
    }
  }
  return {width: picture.width, height: picture.height, data: result};
}

const weighted = (plane, offset, stride, {start, weights}) => {
  let sum = 0;
  for (let n = 0; n < weights.length; n++) sum += weights[n] * plane[offset + (start + n) * stride];
  return sum;
};

// Three slopes and an offset that make the matte of the guide's colours in each window, by Cramer's rule.
function fitted([red, green, blue], {width, height, data}, radius, eps) {
  const mean = of => boxBlur(data.map((value, at) => of(at, value)), width, height, radius);
  const [r, g, b, p] = [mean(at => red[at]), mean(at => green[at]), mean(at => blue[at]), mean((_, value) => value)];
  const [cr, cg, cb] = [red, green, blue].map(plane => mean((at, value) => plane[at] * value));
  const both = (one, other) => mean(at => one[at] * other[at]);
  const [rr, gg, bb] = [red, green, blue].map(plane => both(plane, plane));
  const [rg, rb, gb] = [both(red, green), both(red, blue), both(green, blue)];
  const planes = [0, 1, 2, 3].map(() => new Float32Array(data.length));
  for (let at = 0; at < data.length; at++) {
    const [mr, mg, mb] = [r[at], g[at], b[at]];
    const [vr, vg, vb] = [cr[at] - mr * p[at], cg[at] - mg * p[at], cb[at] - mb * p[at]];
    const [a, d, f] = [rr[at] - mr * mr + eps, gg[at] - mg * mg + eps, bb[at] - mb * mb + eps];
    const [b2, c2, e2] = [rg[at] - mr * mg, rb[at] - mr * mb, gb[at] - mg * mb];
    const [ir, ig, ib] = [d * f - e2 * e2, e2 * c2 - b2 * f, b2 * e2 - d * c2];
    const [jg, jb, kb] = [a * f - c2 * c2, c2 * b2 - a * e2, a * d - b2 * b2];
    const whole = 1 / (a * ir + b2 * ig + c2 * ib);
    const slopes = [ir * vr + ig * vg + ib * vb, ig * vr + jg * vg + jb * vb, ib * vr + jb * vg + kb * vb];
    planes[3][at] = p[at];
    slopes.forEach((slope, n) => {
      planes[n][at] = slope * whole;
      planes[3][at] -= slope * whole * [mr, mg, mb][n];
    });
  }
  return planes;
}

// The mean of each pixel's window, with the picture mirrored at its edges.
export function boxBlur(plane, width, height, radius) {
  const window = 2 * radius + 1, across = new Float32Array(plane.length), result = new Float32Array(plane.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let sum = 0;
    for (let x = -radius; x <= radius; x++) sum += plane[row + mirrored(x, width)];
    for (let x = 0; x < width; x++) {
      across[row + x] = sum / window;
      const [on, off] = [x + radius + 1, x - radius];
      sum += plane[row + (on < width ? on : mirrored(on, width))] - plane[row + (off >= 0 ? off : mirrored(off, width))];
    }
  }
  const sums = new Float64Array(width);
  for (let y = -radius; y <= radius; y++) {
    const row = mirrored(y, height) * width;
    for (let x = 0; x < width; x++) sums[x] += across[row + x];
  }
  for (let y = 0; y < height; y++) {
    const [on, off] = [y + radius + 1, y - radius].map(each => mirrored(each, height) * width);
    for (let x = 0; x < width; x++) {
      result[y * width + x] = sums[x] / window;
      sums[x] += across[on + x] - across[off + x];
    }
  }
  return result;
}

// Estimates the colours in front, so that nothing of what was behind shows at a soft border.
export function foreground(picture, matte) {
  const {width, height} = picture, size = width * height, result = newPicture(width, height);
  const radii = MATTES.RADII.map(each => Math.max(1, round((each * Math.max(width, height, 3)) / MATTES.SIDE)));
  const alpha = matte.data, inside = alpha.map(share => share ** 4), outside = alpha.map(share => (1 - share) ** 4);
  const weights = radii.map(radius => [inside, outside].map(weight => boxBlur(weight, width, height, radius)));
  for (let c = 0; c < 3; c++) {
    const image = new Float32Array(size);
    for (let at = 0; at < size; at++) image[at] = picture.data[4 * at + c];
    let front = image, back = image;
    radii.forEach((radius, pass) => {
      [front, back] = [[front, inside], [back, outside]].map(([colours, weight], which) => {
        const mean = boxBlur(colours.map((colour, at) => colour * weight[at]), width, height, radius);
        return mean.map((sum, at) => sum / (weights[pass][which][at] + MATTES.EPS));
      });
      front = front.map((colour, at) => colour + alpha[at] * (image[at] - alpha[at] * colour - (1 - alpha[at]) * back[at]));
    });
    for (let at = 0; at < size; at++) result.data[4 * at + c] = front[at];
  }
  return result;
}

// What a matte shows of a picture, with its colours at soft borders, and how much of each pixel is seen. With a rim a
// white one is around it.
export function cutOut(picture, matte, rim) {
  const front = foreground(picture, matte);
  if (!rim) return {picture: front, share: matte};
  for (let at = 0; at < front.data.length; at++) {
    if (at % 4 < 3) front.data[at] = 255 + matte.data[at >> 2] * (front.data[at] - 255);
  }
  return {picture: front, share: rimmed(matte)};
}

// The matte with the rim. That of a large picture is found at a smaller size, as its border is a smooth line.
function rimmed(matte) {
  const {width, height, data} = matte, long = Math.max(width, height);
  if (long > MATTES.SIDE) {
    const [wide, tall] = [width, height].map(side => Math.max(1, round((side * MATTES.SIDE) / long)));
    const small = rimmed({width: wide, height: tall, data: resizePlane(data, width, height, wide, tall, areaTaps)});
    return {width, height, data: resizePlane(small.data, wide, tall, width, height, linearTaps)};
  }
  const rim = MATTES.RIM * long, smooth = gaussianBlur(data, width, height, rim / 4);
  const outside = distances(smooth.map(share => Number(share < 0.5)), width, height);
  return {width, height, data: outside.map(far => Math.min(1, Math.max(0, rim + 0.5 - far)))};
}
