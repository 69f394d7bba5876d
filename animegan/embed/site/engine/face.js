// A face, and the square frame in which it is drawn upright: animegan/faces/face.py.
// A face is {box: [left, top, right, bottom], landmarks: [[x, y] of both eyes, the nose, both corners of the mouth],
// score}; a frame is {centre, side, angle}, in degrees clockwise.

import {FACE, PAINTING} from './constants.js';
import {crop, inverse, mapped, mirrored, newPicture, resize, round, warp} from './pixels.js';

const {EYES, EYES_APART, EYES_TO_MOUTH, PROFILE, MIDDLE, HALF_AXES} = FACE;

const degrees = radians => (radians * 180) / Math.PI;
const radians = angle => (angle * Math.PI) / 180;
const middleOf = ([ax, ay], [bx, by]) => [(ax + bx) / 2, (ay + by) / 2];
const difference = ([ax, ay], [bx, by]) => [ax - bx, ay - by];
const length = vector => Math.hypot(...vector);

// Pixels along a side of a canvas that has as many as the frame.
export const pixelsOf = frame => Math.max(PAINTING.LEAST_PIXELS, round(frame.side));

export const sideOf = ({box: [left, top, right, bottom]}) => Math.max(right - left, bottom - top);

function features({landmarks: [leftEye, rightEye, nose, leftMouth, rightMouth]}) {
  const eyes = middleOf(leftEye, rightEye), mouth = middleOf(leftMouth, rightMouth);
  return {eyes, mouth, nose, line: difference(rightEye, leftEye), upright: difference(mouth, eyes)};
}

// Whether it is seen from the side: its eyes are close together.
export function inProfile(face) {
  const {line, upright} = features(face);
  return length(line) < PROFILE * length(upright);
}

export const scaled = ({box, landmarks, score}, ratio) => ({
  box: box.map(value => value * ratio), landmarks: landmarks.map(point => point.map(value => value * ratio)), score,
});

// The frame that puts a face where the face networks saw faces.
export function frameAround(face) {
  const {eyes, mouth, line, upright} = features(face), box = sideOf(face);
  const wanted = Math.max(length(line) / EYES_APART, length(upright) / EYES_TO_MOUTH);
  const side = Math.min(Math.max(wanted, FACE.LEAST_SIDE * box), FACE.MOST_SIDE * box);
  let angle = degrees(Math.atan2(line[1], line[0]));
  if (inProfile(face)) {
    const turn = degrees(Math.atan2(-upright[0], upright[1]));
    angle = Math.abs(turn) > FACE.STEEP ? turn : 0;
  }
  const [x, y] = middleOf(eyes, mouth), rise = (EYES + EYES_TO_MOUTH / 2 - 0.5) * side;
  return {centre: [x + rise * Math.sin(radians(angle)), y - rise * Math.cos(radians(angle))], side, angle};
}

// The frame of the same face out of a copy of the photo that is `ratio` times as large: whole numbers are the centres of
// pixels.
export const scaledFrame = ({centre, side, angle}, ratio) => ({
  centre: centre.map(value => ratio * (value + 0.5) - 0.5), side: ratio * side, angle,
});

// Whether the landmarks can be a face's: in its own frame, two eyes above a nose above a mouth.
export function looksLikeAFace(face) {
  const lean = radians(-frameAround(face).angle), [cos, sin] = [Math.cos(lean), Math.sin(lean)];
  const landmarks = face.landmarks.map(([x, y]) => [cos * x - sin * y, sin * x + cos * y]);
  const {eyes, mouth, nose, line} = features({landmarks}), down = mouth[1] - eyes[1], side = sideOf(face);
  const isBelow = eyes[1] < nose[1] && nose[1] < mouth[1] + FACE.NOSE_BELOW * down;
  return FACE.LEAST_DOWN * side < down && down < FACE.MOST_DOWN * side && isBelow && length(line) > FACE.LEAST_APART * side;
}

// The map from the pixels of a canvas of `size` × `size` to those of the photo.
export function toPhoto({centre: [x, y], side, angle}, size) {
  const scale = side / size, [cos, sin] = [scale * Math.cos(radians(angle)), scale * Math.sin(radians(angle))];
  const middle = (size - 1) / 2;
  return [[cos, -sin, x - (cos - sin) * middle], [sin, cos, y - (sin + cos) * middle]];
}

// The face, cut out upright to `size` × `size`. Beyond the border the photo is mirrored; a larger face is averaged.
export function cut(frame, photo, size) {
  let matrix = toPhoto(frame, size);
  const scale = Math.max(1, Math.hypot(matrix[0][0], matrix[1][0]));
  const [left, top, right, bottom] = within(bounds(matrix, size, 2 * scale + 2), photo);
  if (right <= left || bottom <= top) return newPicture(size, size);
  let part = crop(photo, left, top, right, bottom);
  matrix = matrix.map(([a, b, c], n) => [a, b, c - [left, top][n]]);
  if (scale > 1) {
    const [wide, high] = [part.width, part.height].map(side => Math.max(1, round(side / scale)));
    const by = [wide / part.width, high / part.height];
    matrix = matrix.map(([a, b, c], n) => [a * by[n], b * by[n], c * by[n] + (by[n] - 1) / 2]);
    part = resize(part, wide, high);
  }
  return warp(part, matrix, size, size, mirrored);
}

// The rectangle of a photo that a frame covers: [left, top, right, bottom].
export const region = (frame, photo) => within(bounds(toPhoto(frame, 2), 2, 1), photo);

// A drawn canvas mapped back to the photo: the pixels of the frame's region.
export function lay(frame, drawn, photo) {
  const [left, top, right, bottom] = region(frame, photo);
  const matrix = toPhoto(frame, drawn.width).map(([a, b, c], n) => [a, b, c - [left, top][n]]);
  return warp(drawn, inverse(matrix), right - left, bottom - top);
}

// How far each pixel of the region is from the middle of the face: 1 on the ellipse that holds face and hairline.
const depth = (frame, photo) => ofPlaces(frame, photo, (across, down) =>
  Math.hypot((across + 0.5 - MIDDLE[0]) / HALF_AXES[0], (down + 0.5 - MIDDLE[1]) / HALF_AXES[1]));

// A value of each pixel of the region, by how far it is from the middle of the frame, in parts of its side.
function ofPlaces(frame, photo, value) {
  const [left, top, right, bottom] = region(frame, photo), matrix = inverse(toPhoto(frame, 1));
  const values = new Float32Array((right - left) * (bottom - top));
  for (let y = top, at = 0; y < bottom; y++) {
    for (let x = left; x < right; x++) values[at++] = value(...mapped(matrix, [x, y]));
  }
  return values;
}

// The mask of one face in its region, 0 or 1: an `ellipse`, or its whole square. Faces that overlap are divided where
// both are equally far.
export function overlapping(frames, which, photo, ellipse = true) {
  const [left, top, right, bottom] = region(frames[which], photo), wide = right - left;
  const ours = depth(frames[which], photo);
  const inside = ellipse ? ours.map(far => far < 1) : ofPlaces(frames[which], photo, (...to) => Math.max(...to.map(Math.abs)) < 0.5);
  const mask = Uint8Array.from(inside);
  frames.forEach((other, number) => {
    const [l, t, r, b] = region(other, photo);
    const [x0, y0, x1, y1] = [Math.max(left, l), Math.max(top, t), Math.min(right, r), Math.min(bottom, b)];
    if (number === which || y0 >= y1 || x0 >= x1) return;
    const theirs = depth(other, photo);
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        const at = (y - top) * wide + x - left;
        if (theirs[(y - t) * (r - l) + x - l] < ours[at]) mask[at] = 0;
      }
    }
  });
  return mask;
}

function bounds(matrix, size, margin) {
  const [low, high] = [-0.5, size - 0.5];
  const corners = [[low, low], [high, low], [low, high], [high, high]].map(corner => mapped(matrix, corner));
  const [xs, ys] = [0, 1].map(n => corners.map(corner => corner[n]));
  const least = values => Math.floor(Math.min(...values) - margin), most = values => Math.ceil(Math.max(...values) + margin) + 1;
  return [least(xs), least(ys), most(xs), most(ys)];
}

const within = ([left, top, right, bottom], {width, height}) =>
  [Math.max(0, left), Math.max(0, top), Math.min(width, right), Math.min(height, bottom)];
