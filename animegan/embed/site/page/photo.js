// The tab that draws one photo: choose it, draw it, compare, download. A clip takes the photo's place: clips.js.
import { isHeic } from "../engine/heic.js";
import { Board } from "./board.js";
import { Clips, isClip } from "./clips.js";
import { Crop } from "./crop.js";
import { Download } from "./download.js";
import { Intake } from "./intake.js";
import { canvasOf, cut, encode, load, open } from "./photos.js";
import { Slider } from "./slider.js";
import { Strip } from "./strip.js";
import { repaired, say } from "./texts.js";

const KEEP = 64e6; // bytes of finished drawings of one photo that are kept, so that a style chosen again is there at once
const CUT = new Set(["cut-out", "sticker"]); // parts around which the drawing is transparent
const $ = id => document.getElementById(id);

export class PhotoTab {
  /**
   * @param {object} painter the page's hold on the engine: `draw(source, options)` and `cancel()`
   * @param {(state: string) => void} setState says `ready`, `drawing`, `done` or `failed`
   */
  constructor(painter, setState) {
    Object.assign(this, { painter, setState });
    this.slider = new Slider($("slider"), say);
    this.photo = null;
    this.whole = null; // the photo that was brought, where `photo` is a part of it
    this.part = null; // that part, as `cut` takes it, and its shape
    this.drawings = new Map(); // by style and part: {blob, url, picture, width, height, faces, seconds, shrunk}
    this.shown = null; // the drawing that can be downloaded
    this.run = 0; // counts upwards: a run that is not the last one stops
    this.settled = Promise.resolve(); // when the engine is free
    this.board = new Board();
    this.brought = 0; // counts the files that people bring: only the last one counts
    this.begun = new Promise(done => { this.begin = (...parts) => done(this.#begin(...parts)); });
    this.download = new Download(code => this.#saved(code));
    const parts = { painter, board: this.board, slider: this.slider, download: this.download, setState };
    this.clips = new Clips(parts, () => this.#leave(), () => this.#offerPhoto());
    this.strip = new Strip(file => this.#takeFile(file));
    this.intake = new Intake(files => this.bring(files), code => this.#refuse(code));
    this.crop = new Crop((part, shape) => this.#take(part && { ...part, shape }));
    this.cropper = $("crop-open"); // it lies over the picture, also in full screen
    this.slider.stage.append(this.cropper);
    this.cropper.addEventListener("click", () => this.crop.open(this.whole, this.part, this.part?.shape ?? "free"));
    $("stop").addEventListener("click", () => this.stop());
    for (const id of ["parts", "enhance"]) $(id).addEventListener("change", () => this.choose());
    $("retry").addEventListener("click", () => this.#retry());
  }

  /** Take the styles and the example from the manifest: `begin(manifest, cards)`, once. */
  #begin(manifest, cards) {
    Object.assign(this, { manifest, cards });
    this.clips.begin(manifest, cards);
    this.intake.examples(manifest.examples?.photos ?? []);
    this.write();
  }

  /** Whether somebody brought a photo or a clip. */
  get isTaken() {
    return Boolean(this.photo || this.clips.file);
  }

  /** The engine is being loaded: how much has come of how much, `{received, all}`, if it is known. */
  loading(bytes) {
    if (!this.isTaken) this.board.load(bytes);
  }

  /** The engine is ready. */
  loaded() {
    if (this.isTaken || this.board.failed) return;
    this.#rest();
    this.board.say(this.slider.box.hidden ? "status.ready" : "status.example");
    this.setState("ready");
  }

  /** Show the example's photo and drawing until there is one of the visitor's. */
  async example({ before, after } = {}) {
    if (!before || !after) return;
    try {
      const pictures = await Promise.all([load(before), load(after)]);
      if (this.photo || this.run) return;
      this.slider.show(...pictures, pictures[0].naturalWidth / pictures[0].naturalHeight);
      if (!this.board.said) this.board.say("status.example");
    } catch { /* without its example the page draws all the same */ }
  }

  /** Draw the first of the files that a person brought, and offer the others. */
  bring(files) {
    document.dispatchEvent(new CustomEvent("animegan-tab", { detail: "photo" }));
    this.strip.show(files);
    this.#takeFile(files[0]);
  }

  #takeFile(file) {
    return isClip(file) ? this.#takeClip(file) : this.take(file, file.name);
  }

  /** Draw a clip that a person brought. */
  async #takeClip(file) {
    const brought = ++this.brought;
    if (this.crop.dialog.open) this.crop.close();
    this.#newRun();
    this.#rest();
    await this.begun;
    if (brought === this.brought) await this.clips.draw(file);
  }

  /** A clip takes the photo's place. */
  #leave() {
    this.#forget();
    if (this.whole) URL.revokeObjectURL(this.whole.url);
    this.photo = this.whole = this.part = null;
    reveal();
  }

  /** The photo stays after all: offer to draw it, if that was stopped. */
  #offerPhoto() {
    if (this.photo && !this.shown) this.board.offer("draw");
  }

  /** Draw a file that a person brought. What was drawn before stays until this one can be read. */
  async take(blob, name = "photo") {
    const brought = ++this.brought;
    let photo;
    try {
      photo = await this.#open(blob, name);
    } catch (error) {
      if (brought === this.brought) this.#refuse(error.code);
      return;
    }
    if (brought !== this.brought) return URL.revokeObjectURL(photo.url);
    this.clips.close();
    if (this.crop.dialog.open) this.crop.close();
    if (this.whole) URL.revokeObjectURL(this.whole.url);
    this.whole = photo;
    this.part = null;
    document.body.dataset.photo = "";
    $("chosen").src = photo.url;
    $("chosen").alt = say("photo.alt");
    $("chosen").hidden = $("another").hidden = this.cropper.hidden = false;
    reveal();
    await this.#use(photo);
  }

  /** Read a photo's file, with the engine's help where the browser does not know its kind. */
  async #open(blob, name) {
    try {
      return await open(blob, name);
    } catch (error) {
      if (error.code !== "bad-photo" || !(await isHeic(blob))) throw error;
    }
    const { said } = this.board;
    this.board.say("status.reading");
    try {
      return await open(await this.painter.readable(blob), name);
    } finally {
      if (said) this.board.say(said[0], ...said[1]);
    }
  }

  /** Draw a part of the photo, or all of it. */
  async #take(part) {
    const { whole, brought } = this;
    try {
      const photo = part ? await cut(whole, part) : whole;
      if (brought !== this.brought) return;
      this.part = part;
      await this.#use(photo);
    } catch (error) {
      this.#refuse(error.code ?? "unknown");
    }
  }

  /** Draw this photo from now on. */
  async #use(photo) {
    const run = this.#newRun();
    this.#forget();
    this.photo = photo;
    this.#showPhoto();
    await this.#draw(run);
  }

  /** Another style or part is chosen: draw it, or show what is drawn already. */
  async choose() {
    if (this.clips.file) return this.clips.choose();
    if (!this.photo) return;
    const run = this.#newRun();
    const drawing = this.drawings.get(keyOf(this.cards.chosen.id, chosen("part"), chosen("enhance")));
    if (drawing) await this.#finish(drawing);
    else await this.#draw(run);
  }

  /** Stop the drawing under way. */
  stop() {
    if (this.clips.running) return this.clips.stop();
    if (!this.running) return;
    this.#newRun();
    this.#rest();
    if (this.shown) this.#finish(this.shown);
    else {
      this.#showPhoto();
      this.setState("ready");
      this.board.say("status.stopped");
      this.board.offer("draw");
    }
  }

  /** Write the texts in the page's language. */
  write() {
    this.slider.write();
    this.crop.write();
    this.cropper.textContent = say("crop");
    this.board.write();
    this.intake.write();
    this.strip.write();
  }

  /** Begin a new run, which ends the one before. */
  #newRun() {
    this.painter.cancel();
    this.board.fail(null);
    this.board.offer(null);
    return ++this.run;
  }

  #showPhoto() {
    this.slider.show(this.photo.picture, null, this.photo.width / this.photo.height);
  }

  #forget() {
    for (const { url } of this.drawings.values()) URL.revokeObjectURL(url);
    if (this.photo && this.photo !== this.whole) URL.revokeObjectURL(this.photo.url);
    this.drawings.clear();
    this.shown = null;
    this.download.offer();
  }

  async #draw(run) {
    const { photo } = this;
    this.running = true;
    this.setState("drawing");
    this.board.say("status.waiting");
    this.#progress(null);
    this.slider.busy = true;
    await Promise.all([this.begun, this.settled]);
    if (run !== this.run) return;
    const drawn = this.#drawNow(run, photo, this.cards.chosen, chosen("part"), chosen("enhance"));
    this.settled = drawn.then(() => {}, () => {});
    try {
      const drawing = await drawn;
      if (run !== this.run || !drawing) return;
      this.#rest();
      await this.#finish(drawing, true);
    } catch (error) {
      if (run !== this.run || error.code === "cancelled") return;
      if (!error.code) console.error(error);
      this.fail(error.code ?? "unknown");
    }
  }

  async #drawNow(run, photo, style, part, enhance) {
    const current = () => run === this.run;
    await this.painter.start(style.id);
    if (!current()) return null;
    const result = await this.painter.draw(photo.blob, {
      style: style.id,
      faces: true,
      part,
      enhance,
      onProgress: fraction => { if (current()) this.#progress(fraction); },
      onBytes: bytes => { if (current()) this.board.count(bytes); },
      onPreview: image => { if (current()) this.#preview(image, photo); },
    });
    const { image } = result;
    const canvas = canvasOf(image);
    image.close?.();
    if (CUT.has(part)) canvas.classList.add("cut");
    if (current()) this.slider.show(photo.picture, canvas, photo.width / photo.height);
    const blob = await encode(canvas, "png");
    const url = URL.createObjectURL(blob);
    const picture = await load(url);
    picture.className = canvas.className;
    if (!current()) return URL.revokeObjectURL(url);
    const { faces, repair = [], isMissing, cutOff } = result;
    const repaired = this.repaired(enhance) ?? result.repaired ?? null;
    const drawing = { style: style.id, part, enhance, blob, url, picture, width: canvas.width, height: canvas.height, faces, repair, repaired, isMissing, cutOff, seconds: result.ms / 1000 };
    drawing.shrunk = drawing.width * drawing.height < photo.width * photo.height;
    this.slider.sharpen(picture);
    this.#keep(drawing);
    return drawing;
  }

  /** The repaired photo of a drawing that is kept: all of the same `enhance` share one. */
  repaired(enhance) {
    return [...this.drawings.values()].find(each => each.enhance === enhance && each.repaired)?.repaired;
  }

  /** Keep a finished drawing; the oldest ones go where there are too many bytes. */
  #keep(drawing) {
    this.drawings.set(keyOf(drawing.style, drawing.part, drawing.enhance), drawing);
    let bytes = [...this.drawings.values()].reduce((sum, each) => sum + each.blob.size, 0);
    for (const [key, old] of this.drawings) {
      if (bytes <= KEEP || old === drawing) break;
      bytes -= old.blob.size;
      URL.revokeObjectURL(old.url);
      this.drawings.delete(key);
    }
  }

  #preview(image, photo) {
    const canvas = canvasOf(image);
    canvas.classList.add("rough");
    this.slider.show(photo.picture, canvas, photo.width / photo.height);
  }

  /** Show a finished drawing and offer it as a file. */
  async #finish(drawing, inPlace = false) {
    this.#rest();
    this.shown = drawing;
    if (!inPlace) {
      if (this.cards.chosen.id !== drawing.style) this.cards.choose(drawing.style);
      for (const name of ["part", "enhance"]) document.querySelector(`[name=${name}][value=${drawing[name]}]`).checked = true;
      this.slider.show(this.photo.picture, drawing.picture, this.photo.width / this.photo.height);
    }
    const found = () => [
      repaired(drawing.repair),
      drawing.isMissing && say("unrepaired"),
      say(drawing.faces in { 0: 1, 1: 1 } ? `faces.${drawing.faces}` : "faces", drawing.faces),
      drawing.cutOff && say("cut-off"),
      drawing.shrunk && say("shrunk", drawing.width, drawing.height),
    ].filter(Boolean).join(" ");
    this.board.say("status.done", drawing.seconds.toFixed(1), found);
    if (await this.download.offer(drawing, this.photo)) this.setState("done");
  }

  /** @param {number | null} fraction null: under way, how far is not known */
  #progress(fraction) {
    this.board.progress(fraction);
    if (fraction !== null && this.board.said?.[0] !== "status.drawing") this.board.say("status.drawing");
  }

  /** Nothing is being drawn any more. */
  #rest() {
    this.running = false;
    this.board.rest();
    this.slider.busy = false;
  }

  /** A drawing failed, or the whole page did. What was drawn before stays. */
  fail(code) {
    this.#rest();
    this.board.fail(code);
    this.board.offer(["too-large", "bad-photo", "no-heic", "nobody"].includes(code) ? null : "retry");
    this.board.hush();
    this.setState("failed");
  }

  /** A drawing could not be written as a file, which leaves the drawing itself; null: it can again. */
  #saved(code) {
    this.board.fail(code);
    this.setState(code ? "failed" : "done");
  }

  /** A file is no photo: say so, and leave everything else as it is. */
  #refuse(code) {
    this.board.fail(code);
    if (!this.running && !this.clips.running) this.setState("failed");
  }

  async #retry() {
    if (this.clips.file) return this.clips.draw();
    this.board.fail(null);
    this.board.offer(null);
    if (!this.photo) return document.dispatchEvent(new CustomEvent("animegan-restart"));
    await this.#draw(this.#newRun());
  }
}

/** What is chosen: which `part` of the photo is to be drawn, whether to `enhance` it. */
function chosen(name) {
  return document.querySelector(`[name=${name}]:checked`).value;
}

function keyOf(style, part, enhance) {
  return `${style} ${part} ${enhance}`;
}

/** Bring the picture onto the screen, on telephones with the styles above it. */
function reveal() {
  const [place, block] = matchMedia("(max-width: 760px)").matches ? ["styles", "start"] : ["slider", "nearest"];
  $(place).scrollIntoView({ block, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}
