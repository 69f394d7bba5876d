// MTCNN (Zhang et al. 2016): boxes, landmarks and scores of the faces in one picture. The steps and the numbers are those
// of facenet-pytorch, whose three networks run here as ONNX.

import {MTCNN} from './constants.js';

const {SIDES, SCORES, OVERLAPS} = MTCNN; // of the first, second and third network

// `run(name, inputs)` runs a network. Faces of fewer than `least` pixels may be missed, which saves time. Gives faces:
// [{box: [left, top, right, bottom], landmarks: [[x, y], …], score}]; and faceLike: the boxes of all that came as far as
// the third network. Upright or not, a face does.
export async function detect(run, picture, least) {
  let boxes = await candidates(run, picture, least);
  boxes = suppressed(boxes, OVERLAPS[0], overUnion).map(({box: [left, top, right, bottom], by, score}) => {
    const wide = right - left, high = bottom - top;
    return {box: squared([left + by[0] * wide, top + by[1] * high, right + by[2] * wide, bottom + by[3] * high]), score};
  });
  boxes = await judged(run, picture, boxes, 'rnet', SIDES[1], SCORES[1]);
  boxes = suppressed(boxes, OVERLAPS[1], overUnion).map(each => ({...each, box: squared(corrected(each))}));
  const faceLike = boxes.map(({box}) => box);
  boxes = await judged(run, picture, boxes, 'onet', SIDES[2], SCORES[2]);
  const faces = boxes.map(each => {
    const [left, top, right, bottom] = each.box, wide = right - left + 1, high = bottom - top + 1;
    const landmarks = Array.from({length: 5}, (_, n) => [left + wide * each.points[n] - 1, top + high * each.points[n + 5] - 1]);
    return {box: corrected(each), landmarks, score: each.score};
  });
  return {faces: suppressed(faces, OVERLAPS[2], overSmaller), faceLike};
}

// The first network, over the picture at many sizes: each place that may be a face.
async function candidates(run, picture, least) {
  const {width, height} = picture, found = [];
  let first = SIDES[0] / MTCNN.SMALLEST;
  while (SIDES[0] / (first * MTCNN.STEP) <= least) first *= MTCNN.STEP;
  for (let scale = first; Math.min(width, height) * scale >= SIDES[0]; scale *= MTCNN.STEP) {
    const wide = Math.trunc(width * scale + 1), high = Math.trunc(height * scale + 1);
    const data = new Float32Array(3 * wide * high);
    averaged(picture, 0, 0, width, height, wide, high, data, 0);
    const {boxes, probabilities} = await run('pnet', {picture: {data, dims: [1, 3, high, wide]}});
    const [rows, columns] = probabilities.dims.slice(2), size = rows * columns, here = [];
    for (let at = 0; at < size; at++) {
      const score = probabilities.data[size + at];
      if (score < SCORES[0]) continue;
      const x = at % columns, y = (at - x) / columns, place = [2 * x + 1, 2 * y + 1, 2 * x + SIDES[0], 2 * y + SIDES[0]];
      const by = [0, 1, 2, 3].map(n => boxes.data[n * size + at]);
      here.push({box: place.map(value => Math.floor(value / scale)), by, score});
    }
    found.push(...suppressed(here, MTCNN.OVERLAP_OF_A_SIZE, overUnion));
  }
  return found;
}

// The windows that a network takes for faces, with its corrections (and landmarks).
async function judged(run, picture, boxes, name, side, least) {
  const size = 3 * side * side;
  const seen = boxes.filter(({box}) => {
    const [left, top, right, bottom] = inside(box, picture);
    return right > left && bottom > top;
  });
  if (!seen.length) return [];
  const data = new Float32Array(seen.length * size);
  seen.forEach(({box}, n) => averaged(picture, ...inside(box, picture), side, side, data, n * size));
  const out = await run(name, {picture: {data, dims: [seen.length, 3, side, side]}});
  return seen
    .map(({box}, n) => ({
      box,
      by: out.boxes.data.subarray(4 * n, 4 * n + 4),
      points: out.landmarks?.data.subarray(10 * n, 10 * n + 10),
      score: out.probabilities.data[2 * n + 1],
    }))
    .filter(({score}) => score > least);
}

// The pixels of a box that lie in the picture: the first column and row, and those after the last.
function inside(box, {width, height}) {
  const [left, top, right, bottom] = box.map(Math.trunc);
  return [Math.max(left, 1) - 1, Math.max(top, 1) - 1, Math.min(right, width), Math.min(bottom, height)];
}

// Part of a picture, averaged to `wide` × `high` as PyTorch's "area" does, as planes of about [-1, 1].
function averaged(picture, left, top, right, bottom, wide, high, planes, start) {
  const spans = (begin, length, count) =>
    Array.from({length: count}, (_, n) => [
      begin + Math.floor((n * length) / count), begin + Math.ceil(((n + 1) * length) / count),
    ]);
  const columns = spans(left, right - left, wide), size = wide * high;
  spans(top, bottom - top, high).forEach(([y0, y1], y) => {
    for (let x = 0; x < wide; x++) {
      const [x0, x1] = columns[x];
      let red = 0, green = 0, blue = 0;
      for (let row = y0; row < y1; row++) {
        for (let at = 4 * (row * picture.width + x0), last = at + 4 * (x1 - x0); at < last; at += 4) {
          red += picture.data[at];
          green += picture.data[at + 1];
          blue += picture.data[at + 2];
        }
      }
      const count = (x1 - x0) * (y1 - y0), to = start + y * wide + x;
      planes[to] = (red / count - 127.5) / 128;
      planes[to + size] = (green / count - 127.5) / 128;
      planes[to + 2 * size] = (blue / count - 127.5) / 128;
    }
  });
}

function corrected({box: [left, top, right, bottom], by}) {
  const wide = right - left + 1, high = bottom - top + 1;
  return [left + by[0] * wide, top + by[1] * high, right + by[2] * wide, bottom + by[3] * high];
}

function squared([left, top, right, bottom]) {
  const wide = right - left, high = bottom - top, side = Math.max(wide, high);
  const x = left + wide / 2 - side / 2, y = top + high / 2 - side / 2;
  return [x, y, x + side, y + side];
}

// Non-maximum suppression: the best, without those that share more than `most` with a better one.
function suppressed(boxes, most, shared) {
  const kept = [];
  for (const each of [...boxes].sort((a, b) => b.score - a.score)) {
    if (kept.every(better => shared(better.box, each.box) <= most)) kept.push(each);
  }
  return kept;
}

const area = ([left, top, right, bottom], more = 0) => (right - left + more) * (bottom - top + more);

function common(one, other, more = 0) {
  const wide = Math.min(one[2], other[2]) - Math.max(one[0], other[0]) + more;
  const high = Math.min(one[3], other[3]) - Math.max(one[1], other[1]) + more;
  return Math.max(0, wide) * Math.max(0, high);
}

function overUnion(one, other) {
  const both = common(one, other);
  return both / (area(one) + area(other) - both);
}

const overSmaller = (one, other) => common(one, other, 1) / Math.min(area(one, 1), area(other, 1));
