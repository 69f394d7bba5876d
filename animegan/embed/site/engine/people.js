// Finds the people in a photo, as a matte that follows their hair: animegan/networks/people.py.

import {PEOPLE} from './constants.js';
import {guided, stretched} from './mattes.js';
import {toPlanes} from './painter.js';
import {cubicTaps, flipped, resize, resizePlane, round} from './pixels.js';

const {SIDES, PLAIN, CERTAIN, CLEAR, FOLLOW} = PEOPLE;

// How much of each pixel belongs to people. `run` is (inputs) → outputs of the network, each a {data, dims}.
export async function findPeople(run, photo, {stride}) {
  const copies = SIDES.map(side => small(photo, side, stride));
  if (isPlain(copies[0])) return {width: photo.width, height: photo.height, data: new Float32Array(photo.width * photo.height)};
  const near = await logits(run, copies[0]), far = await logits(run, copies[1]);
  const {width, height} = near;
  const larger = resizePlane(far.data, far.width, far.height, width, height, cubicTaps);
  const data = near.data.map((logit, at) => 1 / (1 + Math.exp(-(logit + larger[at]) / 2)));
  return stretched(guided(stretched({width, height, data}, ...CERTAIN), photo, ...FOLLOW), ...CLEAR);
}

// Whether a picture has one colour, which the network might take for clothes.
function isPlain({data}) {
  const least = [255, 255, 255], most = [0, 0, 0];
  for (let at = 0; at < data.length; at++) {
    if (at % 4 === 3) continue;
    least[at % 4] = Math.min(least[at % 4], data[at]);
    most[at % 4] = Math.max(most[at % 4], data[at]);
  }
  return most.every((level, c) => level - least[c] < PLAIN);
}

// The photo with a long side of `side` pixels, its sides multiples of the network's stride.
function small(photo, side, stride) {
  const scale = side / Math.max(photo.width, photo.height);
  return resize(photo, ...[photo.width, photo.height].map(length => Math.max(stride, stride * round((scale * length) / stride))));
}

// What the network says of a picture: the mean of it and its mirror image.
async function logits(run, picture) {
  const {width, height} = picture, total = new Float32Array(width * height);
  for (const across of [1, -1]) {
    const data = toPlanes(flipped(picture, 1, across), width, height, 0);
    const {drawing} = await run({photo: {data, dims: [1, 3, height, width]}});
    for (let at = 0; at < total.length; at++) {
      const from = across > 0 ? at : at + width - 1 - 2 * (at % width);
      total[at] += drawing.data[from] / 2;
    }
  }
  return {width, height, data: total};
}
