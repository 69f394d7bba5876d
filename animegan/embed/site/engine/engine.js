// Draws photos in this browser: the page's side. The networks run in a worker of their own (worker.js), so the page
// stays usable while it draws.
//
//   import {Engine, EngineError} from './engine.js';
//   const engine = new Engine({base: new URL('./', import.meta.url)});   // base: the folder's address; may be left out
//   const {engine: kind, threads, styles} = await engine.start({style, onBytes});   // kind: 'wasm' or 'webgpu'
//   const {image, faces, repair, ms} = await engine.draw(source, {style: 'anime', faces: true, onProgress, onPreview, onBytes});
//   const drawn = await engine.frame(imageData, {style: 'anime'});       // for a camera: the live network, no faces
//   const {blob, width, height} = await engine.clip(file, {style: 'anime', onFrame, onBytes});   // an MP4 with its sound
//   engine.cancel();                                         // draw() and clip() then fail with the code 'cancelled'
//   engine.close();
//
// new Engine()       engine: 'auto' (the default: the graphics card if the folder and the browser have the means), 'wasm'
//                    or 'webgpu'. openWorker(base): opens worker.js otherwise than a browser does, see node.js.
// start()            reads manifest.json and fetches the runtime and the network of `style` (the first, if left out), with
//                    onBytes({received, all}). Calling it again gives the same promise.
//                    styles: the manifest's list, each {id, title, caption, terms (each by language: {en, zh, ja}), card,
//                    network, live_network, face_network, finish, bytes}.
// prefetch({style})  fetches everything else that a photo in this style may need: to find faces, and to draw them. After
//                    it the device may go offline. draw() fetches by itself what is missing.
// readable()         a photo's Blob as one that the browser reads: of a HEIC photo that it does not read, an upright PNG.
// draw()             source: a Blob (a file that the browser can read; HEIC as well, where the folder has its reader), an
//                    ImageBitmap, a canvas or another picture of the page, or pixels: {data, width, height}, RGBA, as in
//                    an ImageData. EXIF orientation is applied. The image that it gives is an ImageData of the photo's
//                    full size; a photo with more than manifest.json's cap_pixels (phone_cap_pixels on a telephone) is
//                    drawn at that size.
//                    photo: {width, height} of the photo as it came.
//                    Where the photo is transparent, so is the image.
//                    cutOff: true if the photo's file is cut off; what is missing is grey, and half must be there.
//                    onProgress(fraction): 0 to 1, after each stage, each tile and each face.
//                    onPreview(imageData): early, a small drawing with a long side of 256 pixels; and the scene, before
//                    its faces are looked for.
//                    onBytes({received, all}): while networks for faces must be fetched first.
//                    detail: long side in pixels at which the scene is drawn (0: the photo's own; 640 if left out). It is
//                    longer if the photo is narrow.
//                    enhance: 'auto' repairs a bad photo first, 'on' restores every one, 'off' none ('auto' if left out).
//                    repair: what was done to it, [{stage, reasons}]: the stages are restore, fading, exposure and contrast.
//                    repaired: the repaired photo, an ImageData of the size of its repair; null if it needed none.
//                    isMissing: true if it should have been restored, and the network for that could not be fetched.
//                    strength: 0 is the photo, 1 the drawing, more goes beyond it.
//                    part: 'all'; 'people' or 'background': only they are drawn, the rest stays the photo; 'cut-out': the
//                    people alone, the rest is transparent; 'sticker': with a white rim around them.
//                    One drawing at a time: a second call cancels the first.
// frame()            imageData: pixels of any size, best at most 512 pixels wide; the answer has the same size.
// clip()             blob: an MP4, MOV, WebM or MKV file that the browser has codecs for, and the folder mediabunny. Each
//                    picture is drawn as by frame(), with a long side of 640 pixels by a live network, else of 480, upright,
//                    at its own time; the sound is copied. isSilent: true if it had to be left out.
//                    onFrame({done, frames, photo, drawing}): after each picture; photo and drawing are ImageData.
//                    It may last as long as manifest.json's clip_seconds (phone_clip_seconds on a telephone).
//                    A drawing and a clip end each other.
// cancel()           fails the drawing under way at once; the worker stops at the next tile.
// start(), draw() and clip() may be called again after an error: they load the worker anew.
// close()            ends the worker. The engine cannot be used afterwards.
//
// Every failure is an EngineError. Its code says which:
//   no-wasm          this browser has no WebAssembly with SIMD, or no canvas in workers
//   no-answer        the worker does not answer, as in a frame without allow-same-origin
//   no-network       a file of the folder cannot be fetched
//   corrupt-network  a file is not what manifest.json says (its SHA-256 differs)
//   no-heic          neither the browser nor the folder reads HEIC
//   no-clips         the folder draws no clips
//   no-codecs        the browser has no WebCodecs, as on pages without https, or writes no kind of clip
//   no-decoder       the browser does not read the clip's pictures
//   bad-clip         the file cannot be read as a clip
//   long-clip        the clip is too long
//   bad-photo        the browser cannot read the photo
//   too-large        the photo has so many pixels that no browser decodes it
//   false-canvas     the browser falsifies the pixels that a page reads from a picture
//   nobody           there are no people to cut out
//   out-of-memory    the browser has no more memory for it
//   cancelled        cancel(), close() or a newer draw()
//
// device says what the browser and its machine can do. The other modules of this folder run in the worker, in the order
// in which a photo goes:
//   worker     hears jobs and tells how far they are; clip: reads and writes clips
//   networks   fetches the runtime and the networks, checks and runs them
//   decode     reads a photo; heic: one that the browser does not read
//   quality    measures a photo; measures: each of them; trees: how they are judged together, written by Python
//   plan       what a photo needs; repair: restores it; relight: its light, by lab: colours; restoring: its faces
//   painter    paints a picture with a network; doubles with a restorer
//   finder     finds faces; mtcnn: one search; face: a face and its square frame
//   painting   paints each face and lays it into the scene
//   enlarger   doubles a drawing
//   people     finds people; mattes: lays or cuts them out
//   transparency  fills what is hidden in a photo
//   stages     chooses the size of the scene; joins scene and faces, and enlarges them to the photo's size
//   patterns   screentone and paper
//   blend, tones, tiles, pixels   what all of these do to pixels
//   constants  every number that the Python package has as well, written by it
// Each has the name of a Python module that does the same, and tests run both on the same cases.

import {isApplePhone, isPhone, isTrue} from './device.js';
import {EngineError, named} from './errors.js';
import {isHeic} from './heic.js';

export {EngineError};

const HERE = import.meta.url; // by a name, or bundlers would take the folder's address for a file of theirs
const PATIENCE = 60_000; // milliseconds without a sign of life of the worker while it starts
const NO_PIXELS = 'pixels are red, green, blue and alpha, one byte each: data has 4 × width × height of them';
const NO_PHOTOS = 'photos are read by browsers only: give their pixels, {data, width, height}';
const MISSING = 0xff808080; // grey
const MOST_PIXELS = 200e6; // browsers give up on larger photos, some by ending the page
const WITH_SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

export class Engine {
  #worker;
  #started;
  #number = 0;
  #waiting = new Map(); // id → {resolve, reject, onProgress, onPreview, onFrame, onBytes}
  #drawing = null;
  #isClosed = false;

  constructor({base = new URL('../', HERE), engine = 'auto', openWorker = workerOfPage} = {}) {
    this.base = new URL(base, globalThis.location?.href);
    if (!this.base.pathname.endsWith('/')) this.base.pathname += '/';
    this.wanted = engine;
    this.openWorker = openWorker;
    this.threads = Infinity; // at most
  }

  start({style, onBytes} = {}) {
    this.#started ??= this.#start(style, onBytes).catch(error => {
      this.#stop(error); // so that the next call tries again
      if (error.code !== 'no-threads') throw error;
      this.threads = 1;
      return this.start({style, onBytes});
    });
    return this.#started;
  }

  async #start(style, onBytes) {
    if (this.#isClosed) throw new EngineError('cancelled');
    this.#worker = this.openWorker(this.base);
    this.#worker.onmessage = ({data}) => this.#hear(data);
    this.#worker.onerror = event => {
      event.preventDefault?.();
      this.#failAll(named(event.message ? new Error(event.message) : 'the worker cannot be loaded'));
    };
    const wanted = this.wanted === 'auto' && isApplePhone() ? 'wasm' : this.wanted; // its WebGPU fails on our networks
    const settings = {base: this.base.href, engine: wanted, style, threads: this.threads};
    const told = await this.#ask('start', settings, {onBytes, patience: PATIENCE});
    const {cap, phoneCap, seconds, phoneSeconds, ...about} = told;
    [this.cap, this.seconds] = isPhone() ? [phoneCap, phoneSeconds] : [cap, seconds];
    return about;
  }

  async prefetch({style} = {}) {
    await this.start();
    await this.#ask('prefetch', {style});
  }

  async readable(blob, {onBytes} = {}) {
    try {
      await sizeOf(blob);
      return blob;
    } catch (error) {
      if (error.code !== 'bad-photo' || !(await isHeic(blob))) throw error;
    }
    await this.start();
    return this.#ask('heic', {blob}, {onBytes});
  }

  async draw(given, {style, faces = true, enhance = 'auto', detail, strength, part, onProgress, onPreview, onBytes} = {}) {
    const mine = await this.#begin(style);
    const source = await this.#sendable(given, onBytes);
    const photo = await sizeOf(source);
    if (photo.width * photo.height > MOST_PIXELS) throw new EngineError('too-large');
    this.#check(mine);
    const scale = Math.min(1, Math.sqrt(this.cap / (photo.width * photo.height)));
    const [width, height] = [photo.width, photo.height].map(side => Math.max(1, Math.floor(side * scale)));
    const options = {style, faces, enhance, detail, strength, part};
    const ask = from => {
      const answer = this.#ask('draw', {source: from, width, height, options}, {onProgress, onPreview, onBytes});
      mine.id = this.#number;
      return answer;
    };
    const started = performance.now();
    try {
      const drawn = await ask(source).catch(async error => {
        if (error.code !== 'bad-photo' || !(source instanceof Blob)) throw error;
        const shown = await shownOf(source, width, height);
        this.#check(mine);
        return {...(await ask(shown)), cutOff: true};
      });
      return {...drawn, photo, ms: performance.now() - started};
    } catch (error) {
      if (error.code === 'out-of-memory') this.#stop(error); // a runtime without memory is of no use any more
      throw error;
    } finally {
      if (this.#drawing === mine) this.#drawing = null;
      if (source !== given) source.close?.();
    }
  }

  async clip(blob, {style, onFrame, onBytes} = {}) {
    const mine = await this.#begin(style);
    this.#check(mine);
    const started = performance.now();
    const answer = this.#ask('clip', {blob, style, seconds: this.seconds}, {onFrame, onBytes});
    mine.id = this.#number;
    try {
      return {...(await answer), ms: performance.now() - started};
    } finally {
      if (this.#drawing === mine) this.#drawing = null;
    }
  }

  // Begins a drawing, which ends the one before.
  async #begin(style) {
    this.cancel();
    const mine = (this.#drawing = {}); // with the id of its job, once it is sent
    await this.start({style});
    checkCanvas();
    return mine;
  }

  #check(mine) {
    if (this.#drawing !== mine) throw new EngineError('cancelled');
  }

  // What can be sent to the worker: a file that the browser reads, an ImageBitmap, or pixels.
  async #sendable(given, onBytes) {
    if (given?.data) return pixelsOf(given);
    if (typeof createImageBitmap !== 'function') throw new EngineError('bad-photo', NO_PHOTOS);
    if (given instanceof Blob) return this.readable(given, {onBytes});
    if (given instanceof ImageBitmap) return given;
    return createImageBitmap(given).catch(error => {
      throw named(error, 'bad-photo');
    });
  }

  async frame(image, {style} = {}) {
    await this.start({style});
    checkCanvas();
    return this.#ask('frame', {image: pixelsOf(image), style});
  }

  cancel() {
    const id = this.#drawing?.id;
    this.#drawing = null;
    if (id === undefined) return;
    this.#worker?.postMessage({job: 'cancel', draw: id});
    this.#settle(id, 'reject', new EngineError('cancelled'));
  }

  close() {
    this.#isClosed = true;
    this.#drawing = null;
    this.#stop(new EngineError('cancelled'));
  }

  #stop(error) {
    this.#worker?.terminate();
    this.#started = undefined;
    this.#failAll(error);
  }

  // Sends a job to the worker. With `patience` it fails if the worker is silent for so many milliseconds.
  #ask(job, settings, {patience, ...heard} = {}) {
    if (this.#isClosed) return Promise.reject(new EngineError('cancelled'));
    const id = ++this.#number;
    return new Promise((resolve, reject) => {
      const wait = {resolve, reject, ...heard};
      wait.alive = () => {
        clearTimeout(wait.timer);
        if (patience) wait.timer = setTimeout(() => this.#settle(id, 'reject', new EngineError('no-answer')), patience);
      };
      this.#waiting.set(id, wait);
      wait.alive();
      try {
        this.#worker.postMessage({id, job, ...settings});
      } catch (error) {
        this.#settle(id, 'reject', named(error, 'bad-photo'));
      }
    });
  }

  #hear({id, value, error, progress, preview, frame, bytes}) {
    const wait = this.#waiting.get(id);
    if (!wait) return; // it was cancelled
    if (progress !== undefined) {
      wait.alive();
      wait.onProgress?.(progress);
    } else if (bytes) {
      wait.alive();
      wait.onBytes?.(bytes);
    } else if (preview) {
      wait.onPreview?.(preview);
    } else if (frame) {
      wait.onFrame?.(frame);
    } else if (error) {
      this.#settle(id, 'reject', new EngineError(error.code, error.message));
    } else {
      wait.onProgress?.(1);
      this.#settle(id, 'resolve', value);
    }
  }

  #settle(id, how, value) {
    const wait = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(wait?.timer);
    wait?.[how](value);
  }

  #failAll(error) {
    for (const id of [...this.#waiting.keys()]) this.#settle(id, 'reject', error);
  }
}

function workerOfPage(base) {
  if (!canRun()) throw new EngineError('no-wasm');
  try {
    return new Worker(new URL('worker.js', new URL('engine/', base)), {type: 'module'});
  } catch (error) {
    throw new EngineError('no-answer', String(error));
  }
}

function checkCanvas() {
  if (globalThis.document && !isTrue(document.createElement('canvas'))) throw new EngineError('false-canvas');
}

function canRun() {
  if (typeof WebAssembly !== 'object' || typeof OffscreenCanvas !== 'function') return false;
  if (typeof DecompressionStream !== 'function') return false;
  return WebAssembly.validate(new Uint8Array(WITH_SIMD));
}

function pixelsOf({data, width, height}) {
  if (!width || data.length !== 4 * width * height) throw new EngineError('bad-photo', NO_PIXELS);
  const bytes = data instanceof Uint8ClampedArray ? data : new Uint8ClampedArray(data);
  return typeof ImageData === 'function' ? new ImageData(bytes, width, height) : {data: bytes, width, height};
}

// The size of a photo, upright, without decoding it.
async function sizeOf(source) {
  if (!(source instanceof Blob)) return {width: source.width, height: source.height};
  return withImage(source, ({naturalWidth, naturalHeight}) => ({width: naturalWidth, height: naturalHeight}));
}

// What the browser shows of a file that is cut off, with grey for the rows that are missing: it decodes whole files only,
// but draws what is there of others.
async function shownOf(blob, width, height) {
  return withImage(blob, image => {
    const canvas = Object.assign(document.createElement('canvas'), {width, height});
    const context = canvas.getContext('2d');
    if (!context) throw new EngineError('out-of-memory', 'the browser gives no canvas of this size');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, width, height);
    const pixels = context.getImageData(0, 0, width, height);
    canvas.width = canvas.height = 0; // some browsers keep a canvas's memory for long
    const rows = new Uint32Array(pixels.data.buffer);
    let missing = 0;
    for (let y = 0; y < height; y++) {
      const row = rows.subarray(y * width, (y + 1) * width);
      if (row.some(pixel => pixel !== 0)) continue;
      row.fill(MISSING);
      missing++;
    }
    if (missing > height / 2) throw new EngineError('bad-photo', 'more than half of the photo is missing');
    return pixels;
  });
}

async function withImage(blob, work) {
  const image = new Image(), address = URL.createObjectURL(blob);
  try {
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = () => reject(new EngineError('bad-photo'));
      image.src = address;
    });
    if (!image.naturalWidth) throw new EngineError('bad-photo');
    return work(image);
  } finally {
    URL.revokeObjectURL(address);
    image.src = '';
  }
}
