// Draws pictures with one network, in tiles where they are large: animegan/networks/painters.py. The restorers double
// pictures: animegan/networks/restorers.py.

import {PAINTER, RESTORER} from './constants.js';
import {keepGrey} from './blend.js';
import {channel, flipped, mirrored, newPicture, resizePlane, shrink} from './pixels.js';
import {byTiles, evenEdges, gridEdges} from './tiles.js';

const {MARGIN, TILE, SEEN} = PAINTER;

// A network that draws. `run` is (inputs) → outputs, each a {data, dims}.
export class Painter {
  constructor(run, about) {
    this.run = run;
    this.about = about; // of the manifest: stride, reach, context, scale, head_mask, keeps_grey
  }

  // The drawing of a face, and the mask of its head as a grey picture; null if the network gives none.
  async paintHead(canvas) {
    const layers = await this.layers(canvas, null, MARGIN), drawn = layers();
    const head = this.about.head_mask ? layers([3, 3, 3]) : null;
    return {picture: this.about.keeps_grey ? keepGrey(drawn, canvas) : drawn, head};
  }

  // The drawing of a picture, of the same size. `whole` is the picture of which this one is a part, where the colours
  // depend on it. `onTile(done, all)` is awaited after each tile, and may throw to stop.
  async paint(picture, options) {
    const drawn = await this.draw(picture, options);
    return this.about.keeps_grey ? keepGrey(drawn, picture) : drawn;
  }

  async draw(picture, {whole = picture, onTile = async () => {}, tile = TILE} = {}) {
    const {width, height} = picture, {context, reach} = this.about;
    const small = context ? thumbnail(shrink(whole, SEEN), context) : null;
    if (width * height <= 1.5 * tile ** 2) {
      const drawn = await this.pass(picture, small, MARGIN);
      await onTile(1, 1);
      return drawn;
    }
    return byTiles(picture, gridEdges(tile), reach, 1, part => this.pass(part, small, MARGIN), onTile);
  }

  // One run of the network. With a scale of 2 the result is twice as large.
  async pass(picture, small, margin) {
    const layers = await this.layers(picture, small, margin);
    return layers();
  }

  // One run of the network: a function that makes a picture of three channels of what came out, by default the first.
  async layers(picture, small, margin) {
    const {stride, context, scale} = this.about;
    const padded = [picture.width, picture.height].map(length => Math.ceil((length + 2 * margin) / stride) * stride);
    const inputs = {photo: {data: toPlanes(picture, ...padded, margin), dims: [1, 3, padded[1], padded[0]]}};
    if (small) inputs.small = {data: small, dims: [1, 3, context, context]};
    const {drawing} = await this.run(inputs);
    const sizes = [...padded, margin, picture.width, picture.height].map(length => scale * length);
    return (channels = [0, 1, 2]) => fromPlanes(drawing.data, channels, ...sizes);
  }
}

// Twice the size, by a restorer's network.
export function double(painter, picture, onTile = async () => {}) {
  const pass = part => painter.pass(part, null, RESTORER.EDGE);
  return byTiles(picture, evenEdges(RESTORER.TILE), RESTORER.OVERLAP, 2, pass, onTile);
}

// Twice the size: the mean of what `double` makes of a picture as it is, mirrored, upside down, and both; or of some of
// these `views`.
export async function doubleInViews(double, picture, views = RESTORER.VIEWS) {
  const result = newPicture(2 * picture.width, 2 * picture.height);
  const total = new Uint16Array(result.data.length).fill(views.length / 2); // rounds to nearest
  for (const [down, across] of views) {
    const view = flipped(await double(flipped(picture, down, across)), down, across);
    for (let i = 0; i < total.length; i++) total[i] += view.data[i];
  }
  for (let i = 0; i < total.length; i++) result.data[i] = Math.floor(total[i] / views.length);
  return result;
}

// RGB planes in [-1, 1], of a picture with mirrored borders: `margin` above and on the left, the rest below and right.
export function toPlanes(picture, width, height, margin) {
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

function fromPlanes(planes, channels, width, height, margin, wide, high) {
  const picture = newPicture(wide, high), [red, green, blue] = channels.map(channel => channel * width * height);
  for (let y = 0, to = 0; y < high; y++) {
    for (let x = 0, at = (y + margin) * width + margin; x < wide; x++, at++, to += 4) {
      picture.data[to] = (planes[at + red] + 1) * 127.5; // the array rounds and clips
      picture.data[to + 1] = (planes[at + green] + 1) * 127.5;
      picture.data[to + 2] = (planes[at + blue] + 1) * 127.5;
    }
  }
  return picture;
}

// The second input of a network with a context: (1, 3, side, side), averaged over areas.
function thumbnail(picture, side) {
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
