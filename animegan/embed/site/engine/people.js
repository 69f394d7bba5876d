// Finds the people in a photo, as a matte that follows their hair: animegan/networks/people.py.

import {PEOPLE} from './constants.js';
import {guided, stretched} from './mattes.js';
import {toPlanes} from './painter.js';
import {resize, round} from './pixels.js';

const {SIDE, CERTAIN, CLEAR, FOLLOW} = PEOPLE;

// How much of each pixel belongs to people. `run` is (inputs) → outputs of the network, each a {data, dims}.
export async function findPeople(run, photo, {stride}) {
  const scale = SIDE / Math.max(photo.width, photo.height);
  const [width, height] = [photo.width, photo.height].map(side => Math.max(stride, stride * round((scale * side) / stride)));
  const data = toPlanes(resize(photo, width, height), width, height, 0);
  const {drawing} = await run({photo: {data, dims: [1, 3, height, width]}});
  const certainty = {width, height, data: Float32Array.from(drawing.data, logit => 1 / (1 + Math.exp(-logit)))};
  return stretched(guided(stretched(certainty, ...CERTAIN), photo, ...FOLLOW), ...CLEAR);
}
