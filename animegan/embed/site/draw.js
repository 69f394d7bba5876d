// Draws a whole picture with one network: in tiles where it is large, and enlarged to the photo's size.

import {
  areaTaps, boxBlur, channel, crop, cubicTaps, linearTaps, mirrored, newPicture, paste, resizePlane, shrink,
} from './pixels.js';

export const MARGIN = 16; // pixels of mirrored border around a picture, so that its edge is drawn like the rest
export const TILE = 1024; // pixels along a side; a tile also sees as far as the network reaches, so tiles join exactly
const SEEN = 1024; // pixels: long side of the copy of which the thumbnail of the whole picture is made

// A network that draws. `run` is (inputs) → outputs, each a {data, dims}.
export class Painter {
  constructor(run, about) {
    this.run = run;
    this.about = about; // of the manifest: stride, reach, context, scale
  }

  // The drawing of a picture, of the same size. `whole` is the picture of which this one is a part, where the colours
  // depend on it. `onTile(done, all)` is awaited after each tile, and may throw to stop.
  async paint(picture, {whole = picture, onTile = async () => {}, margin = MARGIN, tile = TILE} = {}) {
    const {width, height} = picture, {context, reach} = this.about;
    const small = context ? thumbnail(shrink(whole, SEEN), context) : null;
    if (width * height <= 1.5 * tile ** 2) {
      const drawn = await this.pass(picture, small, margin);
      await onTile(1, 1);
      return drawn;
    }
    return byTiles(picture, gridEdges(tile), reach, 1, part => this.pass(part, small, margin), onTile);
  }

  // One run of the network. With a scale of 2 the result is twice as large.
  async pass(picture, small, margin) {
    const {stride, context, scale} = this.about;
    const padded = [picture.width, picture.height].map(length => Math.ceil((length + 2 * margin) / stride) * stride);
    const inputs = {photo: {data: toPlanes(picture, ...padded, margin), dims: [1, 3, padded[1], padded[0]]}};
    if (small) inputs.small = {data: small, dims: [1, 3, context, context]};
    const {drawing} = await this.run(inputs);
    return fromPlanes(drawing.data, scale * padded[0], scale * padded[1], scale * margin, scale * picture.width, scale * picture.height);
  }
}

// Twice the size, by the restorer's network: for small faces.
export function double(painter, picture) {
  return byTiles(picture, evenEdges(512), 40, 2, part => painter.pass(part, null, 8), async () => {});
}

// RGB planes in [-1, 1], of a picture with mirrored borders: `margin` above and on the left, the rest below and right.
function toPlanes(picture, width, height, margin) {
  const planes = new Float32Array(3 * width * height), size = width * height;
  const columns = Array.from({length: width}, (_, x) => 4 * mirrored(x - margin, picture.width));
  for (let y = 0, at = 0; y < height; y++) {
    const line = 4 * picture.width * mirrored(y - margin, picture.height);
    for (let x = 0; x < width; x++, at++) {
      const from = line + columns[x];
      planes[at] = picture.data[from] / 127.5 - 1;
      planes[at + size] = picture.data[from + 1] / 127.5 - 1;
      planes[at + 2 * size] = picture.data[from + 2] / 127.5 - 1;
    }
  }
  return planes;
}

function fromPlanes(planes, width, height, margin, wide, high) {
  const picture = newPicture(wide, high), size = width * height;
  for (let y = 0, to = 0; y < high; y++) {
    for (let x = 0, at = (y + margin) * width + margin; x < wide; x++, at++, to += 4) {
      picture.data[to] = (planes[at] + 1) * 127.5; // the array rounds and clips
      picture.data[to + 1] = (planes[at + size] + 1) * 127.5;
      picture.data[to + 2] = (planes[at + 2 * size] + 1) * 127.5;
    }
  }
  return picture;
}

// The second input of a network with a context: (1, 3, side, side), averaged over areas.
export function thumbnail(picture, side) {
  const small = new Float32Array(3 * side * side);
  for (let c = 0; c < 3; c++) {
    const plane = resizePlane(channel(picture, c), picture.width, picture.height, side, side, exactTaps);
    for (let i = 0; i < plane.length; i++) small[c * plane.length + i] = 2 * plane[i] - 1;
  }
  return small;
}

// Like areaTaps, for a side that may get longer, too: each weight is the part of the pixel that is covered.
function exactTaps(from, to) {
  return Array.from({length: to}, (_, at) => {
    const begin = (at * from) / to, end = ((at + 1) * from) / to;
    const start = Math.floor(begin), weights = [];
    for (let pixel = start; pixel < end && pixel < from; pixel++) {
      weights.push(((Math.min(end, pixel + 1) - Math.max(begin, pixel)) * to) / from);
    }
    return {start, weights};
  });
}

// Runs `work` over a picture tile by tile. Each result is `scale` times as large as what the tile sees.
export async function byTiles(picture, edges, reach, scale, work, onTile) {
  const {width, height} = picture, result = newPicture(scale * width, scale * height);
  const rows = edges(height), columns = edges(width), all = (rows.length - 1) * (columns.length - 1);
  let done = 0;
  for (let j = 0; j + 1 < rows.length; j++) {
    for (let i = 0; i + 1 < columns.length; i++) {
      const [left, right, top, bottom] = [columns[i], columns[i + 1], rows[j], rows[j + 1]];
      const x = Math.max(0, left - reach), y = Math.max(0, top - reach);
      const seen = crop(picture, x, y, Math.min(width, right + reach), Math.min(height, bottom + reach));
      const drawn = await work(seen);
      const inner = [scale * (left - x), scale * (top - y), scale * (right - left), scale * (bottom - top)];
      paste(result, drawn, scale * left, scale * top, ...inner);
      await onTile(++done, all);
    }
  }
  return result;
}

// Cuts at multiples of `tile`, as a network's tiles must lie on the grid of the whole; the last is up to half longer.
export function gridEdges(tile) {
  return length => {
    const edges = [];
    for (let at = 0; at < Math.max(1, length - Math.floor(tile / 2)); at += tile) edges.push(at);
    return [...edges, length];
  };
}

export function evenEdges(tile) {
  return length => {
    const count = Math.ceil(length / tile);
    return Array.from({length: count + 1}, (_, n) => Math.round((length * n) / count));
  };
}

// Enlarges the drawing of a small photo to the size of the photo, guided by the photo: the fast guided filter (He, Sun
// 2015), with what it lacks of the drawing added, which brings back lines that the photo does not have. Nothing of the
// full size is held but the result: its rows are computed twice. `onRows(done, all)` is awaited now and then.
export async function enlarge(drawn, smallPhoto, photo, onRows = async () => {}, radius = 2, eps = 4e-4) {
  if (drawn.width === photo.width && drawn.height === photo.height) return drawn;
  const {width, height} = photo, [wide, high] = [drawn.width, drawn.height];
  const maps = [0, 1, 2].map(c => linearMap(channel(smallPhoto, c), channel(drawn, c), wide, high, radius, eps));
  const across = linearTaps(wide, width), down = linearTaps(high, height), all = 2 * height;
  const line = guidedLine(photo, maps, wide, across, down);
  const small = [0, 1, 2].map(() => new Float32Array(wide * high));
  const [areaAcross, areaDown] = [areaTaps(width, wide), areaTaps(height, high)];
  let done = 0;
  const pause = async count => {
    done += count;
    await onRows(done, all);
  };
  const lines = new Map();
  for (let y = 0; y < high; y++) { // the guided result, shrunk again
    const {start, weights} = areaDown[y];
    for (const at of lines.keys()) if (at < start) lines.delete(at);
    for (let n = 0; n < weights.length; n++) {
      if (!lines.has(start + n)) lines.set(start + n, line(start + n).map(values => average(values, areaAcross)));
      const kept = lines.get(start + n);
      for (let c = 0; c < 3; c++) for (let x = 0; x < wide; x++) small[c][y * wide + x] += weights[n] * kept[c][x];
    }
    if (y % 64 === 63) await pause((64 * height) / high);
  }
  const missing = small.map((plane, c) => {
    const source = channel(drawn, c);
    return plane.map((value, i) => 255 * source[i] - value);
  });
  const [cubicAcross, cubicDown] = [cubicTaps(wide, width), cubicTaps(high, height)];
  const result = newPicture(width, height), added = missing.map(() => new Map());
  for (let y = 0; y < height; y++) {
    const values = line(y), {start, weights} = cubicDown[y];
    for (let c = 0; c < 3; c++) {
      for (const at of added[c].keys()) if (at < start) added[c].delete(at);
      const sum = values[c];
      for (let n = 0; n < weights.length; n++) {
        const at = start + n;
        if (!added[c].has(at)) added[c].set(at, average(missing[c].subarray(at * wide, (at + 1) * wide), cubicAcross));
        const kept = added[c].get(at), weight = weights[n];
        for (let x = 0; x < width; x++) sum[x] += weight * kept[x];
      }
      for (let x = 0, to = 4 * y * width + c; x < width; x++, to += 4) result.data[to] = sum[x];
    }
    if (y % 128 === 127) await pause(128);
  }
  return result;
}

const average = (values, taps) =>
  Float32Array.from(taps, ({start, weights}) => {
    let sum = 0;
    for (let n = 0; n < weights.length; n++) sum += weights[n] * values[start + n];
    return sum;
  });

// The slope and the offset that turn each place of the small photo into its drawing.
function linearMap(guide, source, width, height, radius, eps) {
  const mean = plane => boxBlur(plane, width, height, radius);
  const meanGuide = mean(guide), meanSource = mean(source);
  const product = mean(guide.map((value, i) => value * source[i])), square = mean(guide.map(value => value * value));
  const slope = new Float32Array(guide.length), offset = new Float32Array(guide.length);
  for (let i = 0; i < slope.length; i++) {
    const covariance = product[i] - meanGuide[i] * meanSource[i], variance = square[i] - meanGuide[i] ** 2;
    slope[i] = covariance / (variance + eps);
    offset[i] = 255 * (meanSource[i] - slope[i] * meanGuide[i]);
  }
  return [mean(slope), mean(offset)];
}

// A function that gives a row of the guided result, as three arrays of 0 to 255, which the next call overwrites.
function guidedLine(photo, maps, wide, across, down) {
  const {width} = photo, values = maps.map(() => new Float32Array(width));
  const slope = new Float32Array(wide), offset = new Float32Array(wide);
  const first = Int32Array.from(across, each => each.start);
  const second = Int32Array.from(across, each => each.start + each.weights.length - 1);
  const part = Float32Array.from(across, each => each.weights[1] ?? 0);
  return y => {
    const {start, weights} = down[y], below = weights[1] ?? 0, lower = (start + weights.length - 1) * wide;
    for (let c = 0; c < 3; c++) {
      const [slopes, offsets] = maps[c], row = values[c];
      for (let x = 0; x < wide; x++) {
        slope[x] = slopes[start * wide + x] * (1 - below) + slopes[lower + x] * below;
        offset[x] = offsets[start * wide + x] * (1 - below) + offsets[lower + x] * below;
      }
      for (let x = 0, at = 4 * y * width + c; x < width; x++, at += 4) {
        const i = first[x], j = second[x], t = part[x];
        row[x] = (slope[i] + (slope[j] - slope[i]) * t) * photo.data[at] + offset[i] + (offset[j] - offset[i]) * t;
      }
    }
    return values;
  };
}

// The scene of a photo: drawn at a long side of at most `detail` pixels, and enlarged to the photo's size.
export async function drawScene(painter, photo, detail, onPart = async () => {}) {
  const small = detail ? shrink(photo, detail) : photo;
  const share = small === photo ? 1 : 0.7;
  const drawn = await painter.paint(small, {onTile: (done, all) => onPart((share * done) / all)});
  const scene = await enlarge(drawn, small, photo, (done, all) => onPart(share + ((1 - share) * done) / all));
  return {small, scene};
}

// Drawing over photo: 0 is the photo, 1 the drawing, more goes beyond it.
export function mix(photo, drawn, strength) {
  if (strength === 1) return drawn;
  const result = newPicture(photo.width, photo.height);
  for (let i = 0; i < result.data.length; i++) result.data[i] = photo.data[i] + strength * (drawn.data[i] - photo.data[i]);
  return result;
}

