// A stand-in for engine.js with the same face, for tests of the page: it paints quickly, and fails when it is told to.
// `?fake=CODE` in the page's address: start() fails. `globalThis.fake`: {fail: code, frameFail: code, clipFail: code, pace: ms, rounds: n,
// repair, isMissing: what draw() says of it unless it is off; a photo that was repaired is white,
// heic: address of the picture that a HEIC photo becomes, hold: a drawing stays in this round until it is cleared or the drawing is stopped}.
export class EngineError extends Error {
  constructor(code, message = code) {
    super(message);
    this.code = code;
  }
}

const wait = ms => new Promise(done => setTimeout(done, ms));
globalThis.fake ??= { pace: 20, rounds: 5 };
globalThis.fake.calls ??= [];

export class Engine {
  #run = 0;

  constructor({ base } = {}) {
    this.base = base;
    globalThis.fake.calls.push("new");
  }

  async start({ style, onBytes } = {}) {
    globalThis.fake.calls.push(`start ${style}`);
    const code = new URLSearchParams(location.search).get("fake");
    onBytes?.({ received: 2_100_000, all: 6_300_000 });
    await wait(globalThis.fake.loading ?? 0);
    if (code && !globalThis.fake.healed) throw new EngineError(code);
    return { engine: "wasm", threads: 1, styles: (await (await fetch(new URL("manifest.json", this.base))).json()).styles };
  }

  async readable(blob) {
    globalThis.fake.calls.push("readable");
    await wait(globalThis.fake.pace);
    if (!globalThis.fake.heic) throw new EngineError("no-heic");
    return (await fetch(globalThis.fake.heic)).blob();
  }

  async draw(source, { style, part, enhance, faces = true, onProgress, onPreview, onBytes }) {
    const run = ++this.#run;
    globalThis.fake.calls.push(part === "all" ? `draw ${style}` : `draw ${style} ${part}`);
    const begun = performance.now();
    const bitmap = source instanceof Blob ? await createImageBitmap(source) : source;
    const { pace, rounds, fail } = globalThis.fake;
    for (let round = 1; round <= rounds; round++) {
      if (round === 4) onBytes?.({ received: 400_000, all: 3_600_000 });
      do {
        await wait(pace);
        if (run !== this.#run) throw new EngineError("cancelled");
      } while (globalThis.fake.hold === round);
      if (round === 2) onPreview?.(paint(bitmap, 256 / Math.max(bitmap.width, bitmap.height), style));
      if (round === 3 && fail) throw new EngineError(fail);
      onProgress?.(round / rounds);
    }
    const image = paint(bitmap, 1, style);
    if (part === "cut-out") image.data.fill(0, 0, 2 * image.data.length / 4); // the upper half is transparent
    const { repair = [], isMissing } = enhance === "off" ? {} : globalThis.fake;
    const repaired = repair.length ? new ImageData(new Uint8ClampedArray(4 * 32 * 32).fill(255), 32, 32) : null;
    return { image, faces: faces ? 1 : 0, repair, repaired, isMissing, ms: performance.now() - begun };
  }

  /** The clip itself, after six grey pictures of 64 × 48; `fake.clipFail` fails it before the first, `hold` after one. */
  async clip(blob, { style, onFrame, onBytes }) {
    const run = ++this.#run, frames = 6;
    globalThis.fake.calls.push(`clip ${style}`);
    onBytes?.({ received: 100_000, all: 176_000 });
    await wait(globalThis.fake.pace);
    if (globalThis.fake.clipFail) throw new EngineError(globalThis.fake.clipFail);
    for (let done = 1; done <= frames; done++) {
      const photo = new ImageData(64, 48);
      photo.data.fill(255 - 20 * done);
      onFrame({ done, frames, photo, drawing: posterize(new ImageData(photo.data.slice(), 64), style) });
      do {
        await wait(globalThis.fake.pace);
        if (run !== this.#run) throw new EngineError("cancelled");
      } while (globalThis.fake.hold === done);
    }
    return { blob: new Blob([blob], { type: "video/mp4" }), width: 64, height: 48, isSilent: Boolean(globalThis.fake.silent), ms: 65_400 };
  }

  async frame(image, { style }) {
    await wait(globalThis.fake.pace);
    globalThis.fake.onFrame?.();
    if (globalThis.fake.frameFail) throw new EngineError(globalThis.fake.frameFail);
    return posterize(image, style);
  }

  cancel() {
    this.#run += 1;
  }

  close() {
    this.cancel();
    globalThis.fake.calls.push("close");
  }
}

function paint(bitmap, scale, style) {
  const [width, height] = [bitmap.width, bitmap.height].map(side => Math.max(1, Math.round(side * Math.min(scale, 1))));
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(bitmap, 0, 0, width, height);
  return posterize(context.getImageData(0, 0, width, height), style);
}

/** Few levels of each colour, so that a test can tell the drawing from the photo; "cel" has fewer. */
function posterize(image, style) {
  const step = style === "cel" ? 96 : 48;
  const { data } = image;
  for (let n = 0; n < data.length; n++) if (n % 4 !== 3) data[n] = Math.min(255, Math.round(data[n] / step) * step);
  return image;
}
