// Draws in a thread of its own. The page's side is engine.js; each message has an id that its answers carry, too.

import {mix} from './blend.js';
import {drawClip} from './clip.js';
import {FACES, RESTORER, SCENE} from './constants.js';
import {decoded} from './decode.js';
import {doubleDrawing} from './enlarger.js';
import {EngineError, named} from './errors.js';
import {frameAround} from './face.js';
import {findFaces} from './finder.js';
import {pngOf} from './heic.js';
import {cutOut, seen} from './mattes.js';
import {Networks} from './networks.js';
import {double, doubleInViews, Painter} from './painter.js';
import {faceWeights, paintFaces} from './painting.js';
import {findPeople} from './people.js';
import {FINISHES} from './patterns.js';
import {shrink} from './pixels.js';
import {faceLostAt, lostAt, NO_PLAN, planOf, restores, withoutRestoring} from './plan.js';
import {assess} from './quality.js';
import {relight} from './relight.js';
import {repaired, withFaces} from './repair.js';
import {atPaintSide, joinAndEnlarge} from './stages.js';
import {filled, giveAlpha, takeAlpha} from './transparency.js';

const PREVIEW = 256; // pixels: long side of the small drawing that comes first
const WORTH_A_PREVIEW = 384; // pixels: a smaller photo is drawn as fast itself
const QUICK_VIEWS = [RESTORER.VIEWS[0], RESTORER.VIEWS[3]]; // of a restored face that is mixed with the photo's: as it is, and turned
const CLIP_SIDE = 480; // pixels: long side of a clip that has no quick network

let networks;
let waiting = null; // id of the job that is told of the bytes that arrive: the start, and later a drawing
let isPending = false;
const cancelled = new Set();
let turn = Promise.resolve();

const jobs = {
  async start({base, engine, style, threads, id}) {
    waiting = id;
    networks = new Networks(base, {engine, threads, onBytes: tellBytes});
    const names = () => [styleOf(style).network];
    networks.onEngine = () => networks.expect(names());
    await networks.start();
    await Promise.all(names().map(name => networks.session(name)));
    waiting = null;
    const {manifest} = networks;
    const {cap_pixels: cap, phone_cap_pixels: phoneCap, clip_seconds: seconds, phone_clip_seconds: phoneSeconds} = manifest;
    const {engine: kind, threads: count} = networks;
    return {engine: kind, threads: count, styles: manifest.styles, cap, phoneCap, seconds, phoneSeconds};
  },

  async prefetch({style}) {
    const {network, face_network: face, live_network: live} = styleOf(style);
    const {enlarger, finder, restorer, face_restorer: faceRestorer} = networks.manifest;
    const names = [network, face, live, ...enlarger, restorer, face && faceRestorer].filter(Boolean);
    await Promise.all([...names.map(name => networks.session(name)), ...finder.map(name => networks.session(name, 'wasm'))]);
  },

  async heic({id, blob}) {
    waiting = id;
    const {default: reader} = await networks.library('heic');
    waiting = null;
    return pngOf(blob, reader);
  },

  async draw({id, source, width, height, options}) {
    const tell = async fraction => {
      postMessage({id, progress: fraction});
      await breath();
      if (cancelled.has(id)) throw new EngineError('cancelled');
    };
    const started = performance.now(), style = styleOf(options.style);
    const read = await decoded(source, width, height), alpha = takeAlpha(read);
    const photo = alpha ? filled(read, alpha) : read;
    await tell(0.05);
    if (options.faces) prepare(networks.manifest.finder, 'wasm');
    const painter = painterOf(style.network);
    if (Math.max(photo.width, photo.height) > WORTH_A_PREVIEW) {
      const preview = await painter.paint(shrink(photo, PREVIEW));
      post({id, preview: toImageData(giveAlpha(preview, alpha))}, [preview.data.buffer]);
    }
    const {plan, isMissing} = options.enhance === 'off' ? {plan: NO_PLAN} : await planFor(photo, options, id);
    let far = 0.05;
    const restorers = restorersOf(() => tell((far += (0.15 - far) / 4)));
    let work = await repaired(atPaintSide(photo, options.detail), plan, restorers);
    const lights = new Map();
    const inLight = picture => { // as the plan wants it
      if (!lights.has(picture)) lights.set(picture, relight(picture, plan));
      return lights.get(picture);
    };
    const mostDetailed = () => inLight(work.larger ?? photo);
    const find = () => findFaces((name, inputs) => networks.run(name, inputs, 'wasm'), mostDetailed(), photo.width);
    let found = options.faces ? null : [];
    if (!found && lostAt(plan, Math.max(photo.width, photo.height))) {
      found = await find(); // they are restored in the photo, before it is painted
      work = await withFaces(work, found, photo.width, plan, restorers.faces);
    }
    await tell(0.15);
    const small = work.photo, scene = await painter.paint(small, {onTile: (done, all) => tell(0.15 + (0.25 * done) / all)});
    if (options.faces) {
      const shown = style.finish ? FINISHES[style.finish](scene, 1) : scene;
      const image = giveAlpha({...shown, data: shown.data.slice()}, alpha);
      post({id, preview: toImageData(image)}, [image.data.buffer]);
      waiting = id; // the networks for faces may have to come first
      await breath();
    }
    found ??= await find();
    await tell(0.45);
    prepare(found.length ? namesForFaces(style, found) : []);
    const eyes = options.enhance !== 'off', lost = faceLostAt(plan, Math.max(photo.width, photo.height));
    const details = work.larger ? {detailed: {picture: mostDetailed(), ratio: work.larger.width / photo.width}, lost} : {};
    const painters = {...faceNetworks(style, painter, restorersOf()), eyes, ...details};
    const faces = await paintFaces(found.length ? inLight(photo) : photo, small, found, painters, done => tell(0.45 + 0.2 * done));
    const enlarge = (drawing, again, onTile) =>
      doubleDrawing(painterOf(networks.manifest.enlarger[again ? 1 : 0]), drawing, onTile);
    let drawn = await joinAndEnlarge(scene, faces, photo, enlarge, done => tell(0.65 + 0.3 * done));
    const scale = Math.max(drawn.width, drawn.height) / Math.max(small.width, small.height);
    if (style.finish) drawn = FINISHES[style.finish](drawn, scale);
    const {strength = 1, part = 'all'} = options, isMoved = style.moves_features && strength > 0;
    drawn = mix(photo, drawn, strength, isMoved && strength !== 1 ? faceWeights(faces, drawn) : null);
    const [kept, seenOf] = part === 'all' ? [drawn, alpha] : await partOf({photo, alpha, drawn, part, id});
    const image = toImageData(giveAlpha(kept, seenOf));
    const repairedPhoto = work.steps.length ? toImageData(giveAlpha(mostDetailed(), alpha)) : null;
    return {image, faces: faces.length, repair: work.steps, repaired: repairedPhoto, isMissing, ms: performance.now() - started};
  },

  frame: ({image, style}) => drawnFrame(image, styleOf(style)),

  async clip({id, blob, style: name, seconds}) {
    const style = styleOf(name);
    const load = async () => {
      waiting = id;
      const [library] = await Promise.all([networks.library('clips'), networks.session(style.live_network ?? style.network)]);
      waiting = null;
      return library;
    };
    const onFrame = async ({photo, drawing, ...frame}) => {
      await breath();
      if (cancelled.has(id)) throw new EngineError('cancelled');
      post({id, frame: {...frame, photo, drawing}}, [photo.data.buffer, drawing.data.buffer]);
    };
    const side = style.live_network ? SCENE.PAINT_SIDE : CLIP_SIDE;
    return drawClip(blob, load, {side, seconds, draw: image => drawnFrame(image, style), onFrame});
  },
};

// A picture drawn quickly: by the live network if the style has one, without faces.
async function drawnFrame(image, {network, live_network: live, finish}) {
  const drawn = await painterOf(live ?? network).paint(image);
  return toImageData(finish ? FINISHES[finish](drawn, 1) : drawn);
}

// What a photo needs, and the networks for it, before anything begins. Without a connection the first visit has none for
// photos of little detail: they are drawn as they are.
async function planFor(photo, {faces, enhance}, id) {
  const side = Math.max(photo.width, photo.height), plan = planOf(assess(photo), side, enhance);
  if (!restores(plan)) return {plan};
  const {restorer, coarse_restorer: coarse, face_restorer: ofFaces} = networks.manifest;
  const names = lostAt(plan, side) ? [coarse, plan.ownShare && restorer, faces && ofFaces].filter(Boolean) : [restorer];
  waiting = id;
  try {
    await Promise.all(names.map(name => networks.session(name)));
    return {plan};
  } catch (error) {
    if (error.code !== 'no-network') throw error;
    return {plan: withoutRestoring(plan), isMissing: true};
  }
}

// Restorers, each (picture) → one of twice its size; `onTile` is awaited after each tile.
function restorersOf(onTile) {
  const {restorer, coarse_restorer: coarse, face_restorer: ofFaces} = networks.manifest;
  const doubler = name => picture => double(painterOf(name), picture, onTile);
  const faces = (picture, isMixed) => doubleInViews(doubler(ofFaces), picture, isMixed ? QUICK_VIEWS : RESTORER.VIEWS);
  return {own: doubler(restorer), coarse: doubler(coarse), faces};
}

// Leaves of a drawing the people or the background, on the photo; or cuts the people out. Gives the picture and its alpha.
async function partOf({photo, alpha, drawn, part, id}) {
  const name = networks.manifest.people;
  waiting = id; // the network may have to come first
  const matte = await findPeople(inputs => networks.run(name, inputs), photo, networks.manifest.networks[name]);
  if (part === 'people') return [mix(photo, drawn, 0, matte.data), alpha];
  if (part === 'background') return [mix(drawn, photo, 0, matte.data), alpha];
  if (!seen(matte)) throw new EngineError('nobody');
  const {picture, share} = cutOut(drawn, matte, part === 'sticker');
  const data = share.data.map((value, at) => Math.min(255 * value, alpha ? alpha.data[at] : 255));
  return [picture, {...share, data}];
}

// Fetches networks while something else is computed. One that does not come fails where it is needed.
const prepare = (names, on) => names.forEach(name => void networks.session(name, on));

// The networks that these faces need besides the scene's.
function namesForFaces({face_network: face}, found) {
  const {restorer, face_restorer: ofFaces} = networks.manifest, sides = found.map(each => frameAround(each).side);
  const isSmall = sides.some(side => side < FACES.PLAIN), isTiny = sides.every(side => side <= FACES.TINY);
  return [face, isSmall && face && ofFaces, isSmall && !(face && isTiny) && restorer].filter(Boolean);
}

// Tells the page how many bytes have come of how many, a few times a second.
function tellBytes() {
  if (isPending || waiting === null) return;
  isPending = true;
  setTimeout(() => {
    isPending = false;
    const {received, all} = networks.arriving;
    if (waiting !== null && all) postMessage({id: waiting, bytes: {received: Math.min(received, all), all}}); // hosts that unpack send more
  }, 100);
}

function styleOf(id) {
  const {styles} = networks.manifest;
  return styles.find(style => style.id === id) ?? styles[0];
}

function painterOf(name) {
  return new Painter(inputs => networks.run(name, inputs), networks.manifest.networks[name]);
}

// What paints faces. A network of its own for faces gets its tiny faces from the restorer of faces. Each is fetched when
// a face first needs it.
function faceNetworks({face_network: face, faces_shown: shown}, scene, restorers) {
  const restore = face ? restorers.faces : null;
  return {scene, face: face ? painterOf(face) : scene, shown, double: restorers.own, restore};
}

// Lets messages in, such as a cancellation.
const breath = () => new Promise(resolve => setTimeout(resolve));

const toImageData = ({data, width, height}) => new ImageData(data, width, height);
const post = (message, transfer) => postMessage(message, transfer);

onmessage = ({data: {id, job, ...settings}}) => {
  if (job === 'cancel') return void cancelled.add(settings.draw);
  const work = async () => {
    try {
      if (cancelled.has(id)) throw new EngineError('cancelled');
      const value = await jobs[job]({id, ...settings});
      const image = value instanceof ImageData ? value : value?.image;
      post({id, value}, image ? [image.data.buffer] : []);
    } catch (error) {
      const {code, message} = named(error);
      post({id, error: {code, message}});
    } finally {
      if (waiting === id) waiting = null;
      cancelled.delete(id);
    }
  };
  // Pictures are drawn one after the other; what is fetched meanwhile does not wait for them.
  if (['draw', 'frame', 'heic'].includes(job)) turn = turn.then(work);
  else work();
};
