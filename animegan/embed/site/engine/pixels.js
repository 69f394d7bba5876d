// Pictures and what is done to their pixels. A picture is {width, height, data}: RGBA, 8 bits each, alpha always 255;
// an ImageData is one. The arithmetic follows OpenCV's, so that a drawing is the one that the Python package makes.

export function newPicture(width, height) {
  const data = new Uint8ClampedArray(4 * width * height);
  new Uint32Array(data.buffer).fill(0xff000000);
  return {width, height, data};
}

// The part of a picture between two columns and two rows.
export function crop(picture, left, top, right, bottom) {
  const part = newPicture(right - left, bottom - top);
  for (let y = top; y < bottom; y++) {
    const start = 4 * (y * picture.width + left);
    part.data.set(picture.data.subarray(start, start + 4 * part.width), 4 * (y - top) * part.width);
  }
  return part;
}

// Copies a rectangle of `from`, whose corner there is (x, y), to (left, top) of `into`.
export function paste(into, from, left, top, x = 0, y = 0, width = from.width, height = from.height) {
  for (let row = 0; row < height; row++) {
    const start = 4 * ((y + row) * from.width + x);
    into.data.set(from.data.subarray(start, start + 4 * width), 4 * ((top + row) * into.width + left));
  }
}

// A picture as it is (1), or mirrored (-1): its rows and its columns.
export function flipped(picture, down, across) {
  const {width, height} = picture, result = newPicture(width, height);
  const [from, to] = [picture, result].map(({data}) => new Uint32Array(data.buffer, data.byteOffset, width * height));
  for (let y = 0, at = 0; y < height; y++) {
    const line = (down < 0 ? height - 1 - y : y) * width;
    for (let x = 0; x < width; x++) to[at++] = from[line + (across < 0 ? width - 1 - x : x)];
  }
  return result;
}

// Where a mirrored picture (the edge pixel not repeated) has the pixel of a place outside.
export function mirrored(at, length) {
  if (length === 1) return 0;
  const period = 2 * length - 2;
  at = ((at % period) + period) % period;
  return at < length ? at : period - at;
}

export const clamped = (at, length) => Math.min(Math.max(at, 0), length - 1);

// Whole numbers as Python and OpenCV round: halves to the even neighbour.
export function round(value) {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 ? down + 1 : down;
}

// The grey of OpenCV, in whole numbers.
export const greyAt = (data, at) => (data[at] * 9798 + data[at + 1] * 19235 + data[at + 2] * 3735 + 16384) >> 15;

// Shrinks or enlarges to a long side of `side`, as the Python package's to_long_side does.
export function toLongSide(picture, side) {
  const scale = side / Math.max(picture.width, picture.height);
  const [width, height] = [picture.width, picture.height].map(length => Math.max(1, round(length * scale)));
  return resize(picture, width, height);
}

export const shrink = (picture, side) =>
  Math.max(picture.width, picture.height) > side ? toLongSide(picture, side) : picture;

// Area averaging where a side gets shorter, else cubic interpolation.
export function resize(picture, width, height) {
  if (picture.width === width && picture.height === height) return picture;
  const taps = picture.width > width || picture.height > height ? areaTaps : cubicTaps;
  const result = newPicture(width, height);
  resample(picture.data, picture.width, 4, taps(picture.width, width), taps(picture.height, height), result.data);
  for (let i = 3; i < result.data.length; i += 4) result.data[i] = 255;
  return result;
}

// The same for a plane of floats.
export function resizePlane(plane, width, height, toWidth, toHeight, taps) {
  const result = new Float32Array(toWidth * toHeight);
  resample(plane, width, 1, taps(width, toWidth), taps(height, toHeight), result);
  return result;
}

// For each pixel along a side of the result: the first pixel that it is made of, and their weights.
export function areaTaps(from, to) {
  const scale = from / to;
  return Array.from({length: to}, (_, at) => {
    const begin = at * scale, end = begin + scale, whole = Math.min(scale, from - begin);
    let first = Math.ceil(begin), last = Math.min(Math.floor(end), from - 1);
    first = Math.min(first, last);
    const weights = [];
    let start = first;
    if (first - begin > 1e-3) {
      start = first - 1;
      weights.push((first - begin) / whole);
    }
    for (let pixel = first; pixel < last; pixel++) weights.push(1 / whole);
    if (end - last > 1e-3) weights.push(Math.min(end - last, 1, whole) / whole);
    return {start, weights};
  });
}

// Keys' cubic convolution with a = -0.75, as OpenCV has it; the edge pixel is repeated.
export function cubicTaps(from, to) {
  const scale = from / to;
  return Array.from({length: to}, (_, at) => {
    const place = (at + 0.5) * scale - 0.5, start = Math.floor(place) - 1;
    return inside(start, cubicWeights(place - start - 1), from);
  });
}

export function linearTaps(from, to) {
  const scale = from / to;
  return Array.from({length: to}, (_, at) => {
    const place = (at + 0.5) * scale - 0.5, start = Math.floor(place);
    return inside(start, [1 - (place - start), place - start], from);
  });
}

export function cubicWeights(t) {
  const a = -0.75, u = 1 - t;
  const first = ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a;
  const second = ((a + 2) * t - (a + 3)) * t * t + 1;
  const third = ((a + 2) * u - (a + 3)) * u * u + 1;
  return [first, second, third, 1 - first - second - third];
}

// Weights that fall outside go to the edge pixel.
function inside(start, weights, length) {
  const low = clamped(start, length), high = clamped(start + weights.length - 1, length);
  const kept = new Array(high - low + 1).fill(0);
  weights.forEach((weight, at) => (kept[clamped(start + at, length) - low] += weight));
  return {start: low, weights: kept};
}

// Applies weights along rows, then along columns. `channels` values lie side by side for each pixel; the fourth of four
// is left out. Rows are computed when they are first needed, and only the few in use are kept.
function resample(source, width, channels, across, down, result) {
  const used = Math.min(channels, 3), wide = across.length, rows = new Map();
  const row = y => {
    let line = rows.get(y);
    if (line) return line;
    line = new Float32Array(wide * used);
    for (let x = 0; x < wide; x++) {
      const {start, weights} = across[x];
      let at = channels * (y * width + start);
      let red = 0, green = 0, blue = 0;
      for (let n = 0; n < weights.length; n++, at += channels) {
        const weight = weights[n];
        red += weight * source[at];
        if (used === 3) {
          green += weight * source[at + 1];
          blue += weight * source[at + 2];
        }
      }
      line[used * x] = red;
      if (used === 3) {
        line[used * x + 1] = green;
        line[used * x + 2] = blue;
      }
    }
    rows.set(y, line);
    return line;
  };
  const sum = new Float32Array(wide * used);
  for (let y = 0; y < down.length; y++) {
    const {start, weights} = down[y];
    for (const kept of rows.keys()) if (kept < start) rows.delete(kept);
    sum.fill(0);
    for (let n = 0; n < weights.length; n++) {
      const line = row(start + n), weight = weights[n];
      for (let i = 0; i < sum.length; i++) sum[i] += weight * line[i];
    }
    let at = channels * y * wide;
    for (let x = 0, i = 0; x < wide; x++, at += channels) for (let c = 0; c < used; c++) result[at + c] = sum[i++];
  }
}

// A Gaussian blur of a plane, mirrored at the border. `reach` is OpenCV's for floats or for 8 bits.
export function gaussianBlur(plane, width, height, sigma, reach = Math.max(1, (round(sigma * 8 + 1) | 1) >> 1)) {
  const weights = Float64Array.from({length: reach + 1}, (_, n) => Math.exp(-(n ** 2) / (2 * sigma * sigma)));
  const total = weights.reduce((sum, weight) => sum + 2 * weight, -1);
  const across = new Float32Array(plane.length), result = new Float32Array(plane.length);
  const edge = reach + 1, line = new Float64Array(width + 2 * edge), sums = new Float64Array(width);
  for (let start = 0; start < plane.length; start += width) {
    for (let x = 0; x < width; x++) line[edge + x] = plane[start + x];
    for (let n = 1; n <= reach; n++) {
      line[edge - n] = plane[start + mirrored(-n, width)];
      line[edge + width - 1 + n] = plane[start + mirrored(width - 1 + n, width)];
    }
    for (let x = 0; x < width; x++) sums[x] = weights[0] * line[edge + x];
    for (let n = 1; n <= reach; n += 2) { // two at a time, as each sum is read and written once for them
      const weight = weights[n], next = n < reach ? weights[n + 1] : 0, before = edge - n, after = edge + n;
      for (let x = 0; x < width; x++) {
        sums[x] += weight * (line[before + x] + line[after + x]) + next * (line[before + x - 1] + line[after + x + 1]);
      }
    }
    for (let x = 0; x < width; x++) across[start + x] = sums[x] / total;
  }
  for (let y = 0; y < height; y++) {
    const start = y * width;
    for (let x = 0; x < width; x++) sums[x] = weights[0] * across[start + x];
    for (let n = 1; n <= reach; n += 2) {
      const [above, below, higher, lower] = [y - n, y + n, y - n - 1, y + n + 1].map(line => width * mirrored(line, height));
      const weight = weights[n], next = n < reach ? weights[n + 1] : 0;
      for (let x = 0; x < width; x++) {
        sums[x] += weight * (across[above + x] + across[below + x]) + next * (across[higher + x] + across[lower + x]);
      }
    }
    for (let x = 0; x < width; x++) result[start + x] = sums[x] / total;
  }
  return result;
}

// An affine map: pixel (x, y) of the result shows (a x + b y + c, d x + e y + f) of the picture. `edge` says where a
// place outside is read: `mirrored`, `clamped` (the edge pixel) or `black`. `taps` interpolates: cubic, or linear.
export function warp(picture, [[a, b, c], [d, e, f]], width, height, edge = clamped, taps = cubicWeights) {
  const result = newPicture(width, height), {data} = picture;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const px = a * x + b * y + c, py = d * x + e * y + f, left = Math.floor(px), top = Math.floor(py);
      const across = taps(px - left), down = taps(py - top);
      let red = 0, green = 0, blue = 0;
      for (let j = 0; j < 4; j++) {
        const line = edge(top - 1 + j, picture.height);
        if (line < 0) continue;
        for (let i = 0; i < 4; i++) {
          const column = edge(left - 1 + i, picture.width);
          if (column < 0) continue;
          const at = 4 * (line * picture.width + column), weight = across[i] * down[j];
          red += weight * data[at];
          green += weight * data[at + 1];
          blue += weight * data[at + 2];
        }
      }
      const at = 4 * (y * width + x);
      result.data[at] = red;
      result.data[at + 1] = green;
      result.data[at + 2] = blue;
    }
  }
  return result;
}

export const black = (at, length) => (at < 0 || at >= length ? -1 : at);
export const linearWeights = t => [0, 1 - t, t, 0];

// The inverse of an affine map.
export function inverse([[a, b, c], [d, e, f]]) {
  const scale = 1 / (a * e - b * d);
  const [p, q, r, s] = [e * scale, -b * scale, -d * scale, a * scale];
  return [[p, q, -(p * c + q * f)], [r, s, -(r * c + s * f)]];
}

export const mapped = ([[a, b, c], [d, e, f]], [x, y]) => [a * x + b * y + c, d * x + e * y + f];

// One channel of a picture as floats of 0 to 1.
export function channel(picture, which) {
  const plane = new Float32Array(picture.width * picture.height);
  for (let i = 0, at = which; i < plane.length; i++, at += 4) plane[i] = picture.data[at] / 255;
  return plane;
}
