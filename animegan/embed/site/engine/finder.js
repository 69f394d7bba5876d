// Finds the faces of a photo with MTCNN, in any position: animegan/faces/finder.py.

import {FACES, FINDER, MTCNN} from './constants.js';
import {cut, frameAround, looksLikeAFace, scaled, scaledFrame, sideOf, toPhoto} from './face.js';
import {detect} from './mtcnn.js';
import {mapped, shrink} from './pixels.js';

const {SEARCH_SIDE, CLOSE_UP, CERTAIN, TURNED_SIDE} = FACES;

// The faces that are worth painting separately, the largest first, in the pixels of a photo of this width; `picture` is
// the version of it that is searched.
export async function findFaces(run, picture, width = picture.width) {
  const searched = shrink(picture, SEARCH_SIDE), ratio = width / searched.width;
  const found = await find(run, searched, FACES.LEAST_PAINTED / ratio);
  return found.map(face => scaled(face, ratio)).filter(face => sideOf(face) >= FACES.LEAST_PAINTED);
}

// The photo is searched turned as well, where something looked a little like a face and is no certain upright one.
async function find(run, photo, least) {
  const {found, faceLike} = await look(run, photo, SEARCH_SIDE, least);
  const upright = found.filter(({score}) => score >= FACES.MIN_SCORE);
  const certain = upright.filter(({score}) => score >= CERTAIN).map(({box}) => box);
  const others = await turned(run, photo, apart(faceLike.filter(box => !isCovered(box, certain))));
  const kept = [];
  for (const face of others.length ? together(upright, others) : upright) {
    const isCertain = face.score >= CERTAIN && !others.includes(face);
    if (!isCertain && !(await closeUp(run, photo, face)).length) continue;
    kept.push(Math.abs(frameAround(face).angle) > FINDER.LEANING ? await refined(run, photo, face) : face);
  }
  return kept.sort((one, other) => sideOf(other) - sideOf(one));
}

const pass = async (run, photo, side, least) => (await look(run, photo, side)).found.filter(face => face.score >= least);

// One search, on a copy with a long side of at most `side` pixels: the faces of any probability, but with possible
// landmarks; and all that looked like one.
async function look(run, photo, side, least = MTCNN.SMALLEST) {
  const small = shrink(photo, side);
  if (Math.min(small.width, small.height) < MTCNN.SMALLEST) return {found: [], faceLike: []};
  const ratio = [photo.width / small.width, photo.height / small.height];
  const {faces, faceLike} = await detect(run, small, least / Math.max(...ratio));
  const inPhoto = box => box.map((value, n) => value * ratio[n % 2]);
  const found = faces.map(({box, landmarks, score}) => ({box: inPhoto(box), landmarks: landmarks.map(point => inPhoto(point)), score}));
  return {found: possible(found), faceLike: faceLike.map(box => inPhoto(box))};
}

// Those with possible landmarks, the largest first.
const possible = faces => [...faces].sort((one, other) => boxArea(other) - boxArea(one)).filter(looksLikeAFace);

const boxArea = ({box: [left, top, right, bottom]}) => (right - left) * (bottom - top);

const closeUp = (run, photo, face) => pass(run, cut(frameAround(face), photo, CLOSE_UP), CLOSE_UP, FACES.CLOSE_SCORE);

// A leaning face with landmarks from its upright close-up, where they are more accurate.
async function refined(run, photo, face) {
  const [upright] = await closeUp(run, photo, face);
  if (!upright) return face;
  const matrix = toPhoto(frameAround(face), CLOSE_UP);
  return {...face, landmarks: upright.landmarks.map(point => mapped(matrix, point))};
}

// The faces around places, and of the whole photo, in small copies that are turned.
async function turned(run, photo, places) {
  if (!places.length) return [];
  const copy = shrink(photo, 2 * TURNED_SIDE), ratio = copy.width / photo.width, found = [];
  const views = (box, scale) => FACES.TURNS.map(angle => ({centre: middleOf(box), side: scale * sideOf({box}), angle}));
  for (const frame of places.flatMap(box => views(box, FACES.TURNED_AROUND))) {
    found.push(...(await inView(run, cut(frame, photo, TURNED_SIDE), frame)));
  }
  for (const frame of views([0, 0, photo.width, photo.height], 1)) {
    found.push(...(await inView(run, cut(scaledFrame(frame, ratio), copy, TURNED_SIDE), frame)));
  }
  const isWithin = ([x, y]) => x >= 0 && x < photo.width && y >= 0 && y < photo.height; // beyond it copies are mirrored
  return found.filter(({box, score}) => score >= FACES.TURNED_MIN_SCORE && isWithin(middleOf(box)));
}

// The faces in the copy of a frame, in the photo's pixels.
async function inView(run, picture, frame) {
  const matrix = toPhoto(frame, TURNED_SIDE);
  return possible((await detect(run, picture, MTCNN.SMALLEST)).faces).map(face => {
    const [x, y] = mapped(matrix, middleOf(face.box)), half = (frame.side / TURNED_SIDE / 2) * sideOf(face);
    const landmarks = face.landmarks.map(point => mapped(matrix, point));
    return {box: [x - half, y - half, x + half, y + half], landmarks, score: face.score};
  });
}

const middleOf = ([left, top, right, bottom]) => [(left + right) / 2, (top + bottom) / 2];

// The faces of searches; of a face that several found, the most certain one.
function together(...searches) {
  const merged = [];
  for (const face of searches.flat().sort((one, other) => other.score - one.score)) {
    if (!isCovered(face.box, merged.map(({box}) => box))) merged.push(face);
  }
  return merged;
}

// Boxes, without those that mostly lie in one before them.
const apart = boxes => boxes.reduce((kept, box) => (isCovered(box, kept) ? kept : [...kept, box]), []);

// Whether one of the others shares so much with a box that both are one face.
const isCovered = (box, others) => others.some(other => shared(box, other) > FACES.SAME_FACE);

function shared(one, other) {
  const [wide, high] = [0, 1].map(n => Math.min(one[n + 2], other[n + 2]) - Math.max(one[n], other[n]));
  const areas = [one, other].map(([left, top, right, bottom]) => (right - left) * (bottom - top));
  return (Math.max(0, wide) * Math.max(0, high)) / Math.max(1e-6, Math.min(...areas));
}
