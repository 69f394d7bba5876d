// Runs the cases of tests/embed/cases.py with the browser's engine, once: node run_cases.mjs SITE < cases > results
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

const load = name => import(pathToFileURL(join(process.argv[2], 'engine', `${name}.js`)));
const [blend, enlarger, face, mattes, painter, painting, patterns, people, pixels, stages, tiles, transparency] = await Promise.all(
  ['blend', 'enlarger', 'face', 'mattes', 'painter', 'painting', 'patterns', 'people', 'pixels', 'stages', 'tiles', 'transparency'].map(load),
);
const [plan, quality, relight, repair] = await Promise.all(['plan', 'quality', 'relight', 'repair'].map(load));

// Stand-ins for networks, the same as in cases.py.
const double = (change = value => value) => async ({width, height, data}) => {
  const result = pixels.newPicture(2 * width, 2 * height);
  for (let at = 0; at < result.data.length; at++) {
    const c = at % 4, x = (at >> 2) % (2 * width), y = Math.floor((at >> 2) / (2 * width));
    if (c < 3) result.data[at] = change(data[4 * ((y >> 1) * width + (x >> 1)) + c], x, y);
  }
  return result;
};
const plain = double(), stronger = double(value => 2 * value - 128), slanted = double((value, x, y) => (value >> 1) + x + 2 * y);
const negative = {about: {}, paint: async ({width, height, data}) => {
  const result = pixels.newPicture(width, height);
  for (let at = 0; at < data.length; at++) if (at % 4 < 3) result.data[at] = 255 - data[at];
  return result;
}};

// A network that makes the negative, and takes what is bright for the head.
const masking = new painter.Painter(async ({photo: {data, dims: [, , height, width]}}) => {
  const size = width * height, drawing = new Float32Array(4 * size);
  for (let at = 0; at < 3 * size; at++) drawing[at] = -data[at];
  for (let at = 0; at < size; at++) drawing[3 * size + at] = Math.sign(data[at]);
  return {drawing: {data: drawing}};
}, {head_mask: true, stride: 16, context: 0, scale: 1, reach: 0});

// A network that takes what is red for people.
const red = ({photo: {data, dims}}) => ({drawing: {data: data.subarray(0, dims[2] * dims[3]).map(level => 8 * level)}});

const calls = {
  people: async photo => {
    const matte = await people.findPeople(red, photo, {stride: 32});
    return [Array.from(matte.data, share => 255 * share), mattes.seen(matte)];
  },
  cutOut: async (photo, drawing, rim) => {
    const {picture, share} = mattes.cutOut(drawing, await people.findPeople(red, photo, {stride: 32}), rim);
    const alpha = Array.from(share.data, value => pixels.round(255 * value));
    for (let at = 0; at < picture.data.length; at++) if (alpha[at >> 2] <= 8) picture.data[at] = 0;
    return [picture, alpha];
  },
  frame: each => face.frameAround(each),
  looks: each => [face.looksLikeAFace(each), face.inProfile(each)],
  cut: face.cut,
  lay: face.lay,
  overlap: (frames, photo) => frames.map((frame, n) => Array.from(face.overlapping(frames, n, photo), value => 255 * value)),
  levels: picture => {
    const levels = painting.faceLevels(picture);
    return [[levels.middle, levels.wanted, levels.gain], levels.spread(picture), levels.back(picture, 0.3)];
  },
  gridEdges: (tile, lengths) => lengths.map(tiles.gridEdges(tile)),
  evenEdges: (tile, lengths) => lengths.map(tiles.evenEdges(tile)),
  resize: pixels.resize,
  shrink: pixels.shrink,
  paper: patterns.FINISHES.paper,
  screentone: patterns.FINISHES.screentone,
  keepGrey: blend.keepGrey,
  poisson: (drawn, scene, mask) => blend.poisson(drawn, scene, Uint8Array.from(mask)),
  feather: (mask, wide, high, width) => Array.from(blend.feather(Uint8Array.from(mask), wide, high, width)),
  mix: blend.mix,
  sharpened: blend.sharpened,
  filled: (picture, alpha) => transparency.filled(picture, {data: Float32Array.from(alpha.flat())}),
  views: picture => painter.doubleInViews(slanted, picture),
  canvas: (frame, photo, isSure) => painting.canvasOf(frame, photo, {double: plain, restore: isSure ? stronger : null}),
  faces: (photo, faces) => painting.paintFaces(
    photo, photo, faces, {scene: plain, face: negative, double: plain, restore: stronger, eyes: true}, async () => {},
  ).then(painted => painted.map(({picture}) => picture)),
  heads: (photo, faces) => painting.paintFaces(
    photo, photo, faces, {scene: negative, face: masking, shown: 0.4, double: plain, restore: null}, async () => {},
  ).then(painted => painted.flatMap(({picture, head}) => [picture, head])),
  layFaces: painting.layFaces,
  faceWeights: painting.faceWeights,
  faceDoublings: (painted, ratios, most) => ratios.map(ratio => painting.faceDoublings(painted, ratio, most)),
  doublings: ratios => ratios.map(enlarger.doublings),
  paintSize: (sizes, side) => sizes.map(([width, height]) => stages.paintSize(width, height, side)),
  measures: photo => {
    const all = quality.assess(photo), {exposure, highlights, specks, contrast, damage, black, white, tint, sharpness, repeated} = all;
    return [quality.measure(photo).seen, [exposure, highlights, specks, contrast, damage], [black, white, tint / 10, Math.log(1 + sharpness)], repeated];
  },
  plans: (qualities, side, mode, stageNames, reasonNames) => qualities.map(measured => {
    const made = plan.planOf(measured, side, mode), {lost, ownShare, repeated, faceLost} = made;
    const steps = made.steps.map(({stage, reasons}) => [stageNames.indexOf(stage), ...reasons.map(each => reasonNames.indexOf(each))]);
    return [[steps.length, ...steps], [lost, ownShare, repeated, faceLost, made.side], [plan.lostAt(made, 900), plan.faceLostAt(made, 900)]];
  }),
  relight: (photo, stage) => relight.relight(photo, {steps: [{stage}]}),
  equalize: relight.equalize,
  repaired: async (photo, made, found) => {
    const work = await repair.repaired(photo, made, {own: slanted, coarse: stronger});
    const whole = await repair.withFaces(work, found, photo.width, made, picture => painter.doubleInViews(stronger, picture));
    return [work.photo, work.larger, whole.photo, whole.larger];
  },
  detailed: (frame, photo, picture, lost) =>
    painting.canvasOf(frame, photo, {double: null, restore: stronger, detailed: {picture, ratio: 1.7}, lost}),
  join: (scene, faces, photo) => stages.joinAndEnlarge(scene, faces, photo, slanted),
};

const decode = (key, value) => {
  if (!value?.rgb) return value;
  const {width, height} = value, rgb = Buffer.from(value.rgb, 'base64'), picture = pixels.newPicture(width, height);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) picture.data[4 * i + c] = rgb[3 * i + c];
  return picture;
};
const encode = (key, value) => {
  if (!(value?.data instanceof Uint8ClampedArray)) return value;
  const {width, height, data} = value, rgb = Buffer.alloc(3 * width * height);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) rgb[3 * i + c] = data[4 * i + c];
  return {width, height, rgb: rgb.toString('base64')};
};

const results = [];
for (const {call, input} of JSON.parse(readFileSync(0, 'utf8'), decode)) results.push(await calls[call](...input));
process.stdout.write(JSON.stringify(results, encode));
