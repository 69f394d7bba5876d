// The tab that draws one photo: choose it, draw it, compare, download.
import { canvasOf, encode, fileOf, load, megabytes, nameFor, open, within } from "./photos.js";
import { Slider } from "./slider.js";
import { own, say, TEXTS } from "./texts.js";

const KEEP = 64e6; // bytes of finished drawings of one photo that are kept, so that a style chosen again is there at once
const $ = id => document.getElementById(id);

export class PhotoTab {
  /**
   * @param {object} painter the page's hold on the engine: `draw(source, options)` and `cancel()`
   * @param {(state: string) => void} setState says `ready`, `drawing`, `done` or `failed`
   */
  constructor(painter, setState) {
    Object.assign(this, { painter, setState });
    this.slider = new Slider($("slider"));
    this.photo = null;
    this.drawings = new Map(); // by style: {blob, url, picture, width, height, faces, seconds, shrunk}
    this.shown = null; // the drawing that can be downloaded
    this.run = 0; // counts upwards: a run that is not the last one stops
    this.settled = Promise.resolve(); // when the engine is free
    this.said = null; // key and values of the line below the picture, for another language
    this.failed = null;
    this.begun = new Promise(done => { this.begin = (...parts) => done(this.#begin(...parts)); });
    this.#listen();
  }

  /** Take the styles and the example from the manifest: `begin(manifest, cards)`, once. */
  #begin(manifest, cards) {
    Object.assign(this, { manifest, cards });
    this.#examples(manifest.examples?.photos ?? []);
    this.write();
  }

  /** The engine is being loaded: how far, if it is known. */
  loading(fraction) {
    if (this.photo) return;
    this.#progress(null);
    if (typeof fraction === "number") $("progress").querySelector("progress").value = fraction;
    $("stop").hidden = true;
  }

  /** The engine is ready. */
  loaded() {
    if (this.photo || this.failed) return;
    this.#rest();
    this.say(this.slider.box.hidden ? "status.ready" : "status.example");
    this.setState("ready");
  }

  /** Show the example's photo and drawing until there is one of the visitor's. */
  async example({ before, after } = {}) {
    if (!before || !after) return;
    try {
      const pictures = await Promise.all([load(before), load(after)]);
      if (this.photo || this.run) return;
      pictures.forEach((picture, n) => { picture.alt = say(n ? "slider.after" : "slider.before"); });
      this.slider.show(...pictures, pictures[0].naturalWidth / pictures[0].naturalHeight);
      if (!this.said) this.say("status.example");
    } catch { /* without its example the page draws all the same */ }
  }

  /** Draw a file that a person brought. What was drawn before stays until this one can be read. */
  async take(blob, name = "photo") {
    const run = this.#newRun();
    this.#fail(null);
    let photo;
    try {
      photo = await open(blob, name);
    } catch (error) {
      if (run === this.run) this.#fail(error.code);
      return;
    }
    if (run !== this.run) return URL.revokeObjectURL(photo.url);
    this.#forget();
    this.photo = photo;
    $("chosen").src = photo.url;
    $("chosen").alt = say("photo.alt");
    $("chosen").hidden = $("another").hidden = false;
    photo.picture.alt = say("slider.before");
    this.slider.show(photo.picture, null, photo.width / photo.height);
    await this.#draw(run);
  }

  /** Another style is chosen: draw the photo in it, or show what is drawn already. */
  async choose(style) {
    if (!this.photo) return;
    const run = this.#newRun();
    this.#fail(null);
    const drawing = this.drawings.get(style.id);
    if (drawing) await this.#finish(drawing);
    else await this.#draw(run);
  }

  /** Stop the drawing under way. */
  stop() {
    if (!this.running) return;
    this.#newRun();
    this.#rest();
    if (this.shown) this.#finish(this.shown);
    else {
      this.setState("ready");
      this.say("status.stopped");
    }
  }

  /** Say one line below the picture. */
  say(key, ...values) {
    this.said = [key, values];
    $("status").textContent = say(key, ...values.map(value => (typeof value === "function" ? value() : value)));
  }

  /** Write the texts in the page's language. */
  write() {
    this.slider.write();
    if (this.said) this.say(this.said[0], ...this.said[1]);
    if (this.failed) this.#fail(this.failed);
    for (const [n, button] of [...$("examples").querySelectorAll("button")].entries()) {
      const { title } = this.manifest.examples.photos[n];
      button.setAttribute("aria-label", say("example", own(title) || say("example.unnamed", n + 1)));
    }
  }

  #listen() {
    $("photo").addEventListener("change", event => {
      const [file] = event.target.files;
      event.target.value = ""; // so that the same file can be chosen again
      if (file) this.take(file, file.name);
    });
    $("stop").addEventListener("click", () => this.stop());
    $("retry").addEventListener("click", () => this.#retry());
    $("kinds").addEventListener("change", () => this.#offer());
    $("share").addEventListener("click", () => this.#share());
    $("download").addEventListener("click", event => { if (!event.currentTarget.hasAttribute("href")) event.preventDefault(); });
    document.addEventListener("paste", event => {
      const file = fileOf(event.clipboardData);
      if (file) this.#brought(file);
    });
    let depth = 0; // enter and leave also come from the parts of the page
    const dropping = on => document.body.classList.toggle("dropping", on);
    addEventListener("dragenter", () => dropping(++depth > 0));
    addEventListener("dragleave", () => dropping(--depth > 0));
    addEventListener("dragover", event => event.preventDefault());
    addEventListener("drop", event => {
      event.preventDefault();
      depth = 0;
      dropping(false);
      const file = fileOf(event.dataTransfer);
      if (file) this.#brought(file);
      else this.#fail("not-a-photo");
    });
  }

  #brought(file) {
    document.dispatchEvent(new CustomEvent("animegan-tab", { detail: "photo" }));
    this.take(file, file.name);
  }

  #examples(photos) {
    $("examples").hidden = !photos.length;
    $("examples").querySelector("ul").replaceChildren(...photos.map(({ file, small }) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.append(Object.assign(new Image(), { src: small ?? file, alt: "", loading: "lazy", draggable: false }));
      button.addEventListener("click", () => this.#fetched(file));
      const entry = document.createElement("li");
      entry.append(button);
      return entry;
    }));
  }

  async #fetched(file) {
    try {
      const answer = await fetch(file);
      if (!answer.ok) throw new Error(answer.status);
      await this.take(await answer.blob(), file.split("/").at(-1));
    } catch {
      this.#fail("no-answer");
    }
  }

  /** Begin a new run, which ends the one before. */
  #newRun() {
    this.painter.cancel();
    return ++this.run;
  }

  #forget() {
    for (const { url } of this.drawings.values()) URL.revokeObjectURL(url);
    if (this.photo) URL.revokeObjectURL(this.photo.url);
    this.drawings.clear();
    this.shown = null;
    this.#offer();
  }

  async #draw(run) {
    const { photo } = this;
    this.running = true;
    this.setState("drawing");
    this.say("status.waiting");
    this.#progress(null);
    this.slider.busy = true;
    await Promise.all([this.begun, this.settled]);
    if (run !== this.run) return;
    const drawn = this.#drawNow(run, photo, this.cards.chosen);
    this.settled = drawn.then(() => {}, () => {});
    try {
      const drawing = await drawn;
      if (run !== this.run || !drawing) return;
      this.#rest();
      await this.#finish(drawing, true);
    } catch (error) {
      if (run !== this.run || error.code === "cancelled") return;
      if (!error.code) console.error(error);
      this.#fail(error.code ?? "unknown");
    }
  }

  async #drawNow(run, photo, style) {
    const current = () => run === this.run;
    const source = await within(photo, this.manifest.cap_pixels);
    if (!current()) return null;
    const result = await this.painter.draw(source, {
      style: style.id,
      faces: true,
      onProgress: fraction => { if (current()) this.#progress(fraction); },
      onPreview: image => { if (current()) this.#preview(image, photo); },
    });
    const { image } = result;
    const canvas = canvasOf(image);
    image.close?.();
    if (current()) this.slider.show(photo.picture, canvas, photo.width / photo.height);
    const blob = await encode(canvas, "png", photo.picture);
    const url = URL.createObjectURL(blob);
    const picture = await load(url);
    if (!current()) return URL.revokeObjectURL(url);
    const drawing = { style: style.id, blob, url, picture, width: canvas.width, height: canvas.height, faces: result.faces, seconds: result.ms / 1000 };
    drawing.shrunk = drawing.width * drawing.height < photo.width * photo.height;
    picture.alt = say("slider.after");
    this.slider.sharpen(picture);
    this.#keep(drawing);
    return drawing;
  }

  /** Keep a finished drawing; the oldest ones go where there are too many bytes. */
  #keep(drawing) {
    this.drawings.set(drawing.style, drawing);
    let bytes = [...this.drawings.values()].reduce((sum, each) => sum + each.blob.size, 0);
    for (const [id, old] of this.drawings) {
      if (bytes <= KEEP || old === drawing) break;
      bytes -= old.blob.size;
      URL.revokeObjectURL(old.url);
      this.drawings.delete(id);
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
      this.slider.show(this.photo.picture, drawing.picture, this.photo.width / this.photo.height);
    }
    const faces = () => {
      const line = say(drawing.faces in { 0: 1, 1: 1 } ? `faces.${drawing.faces}` : "faces", drawing.faces);
      const size = [drawing.width, drawing.height, Math.round(this.manifest.cap_pixels / 1e6)];
      return drawing.shrunk ? `${line} ${say("shrunk", ...size)}` : line;
    };
    this.say("status.done", drawing.seconds.toFixed(1), faces);
    if (await this.#offer()) this.setState("done");
  }

  /** Make the download what is shown, as the kind of file that is chosen; false if it could not be. */
  async #offer() {
    const link = $("download");
    const { shown, photo } = this;
    if (this.file) URL.revokeObjectURL(this.file.url);
    this.file = null;
    for (const name of ["href", "download"]) link.removeAttribute(name);
    link.setAttribute("aria-disabled", "true");
    $("download-size").textContent = "";
    $("share").hidden = true;
    if (!shown) return false;
    const kind = document.querySelector("[name=kind]:checked").value;
    const asked = (this.asked = Symbol(kind));
    $("download-size").textContent = kind === "png" ? "" : say("status.writing");
    try {
      const blob = kind === "png" ? shown.blob : await encode(shown.picture, kind, photo.picture);
      if (asked !== this.asked || shown !== this.shown) return false;
      const name = nameFor(photo, shown.style, kind, blob);
      this.file = { blob, name, url: URL.createObjectURL(blob) };
    } catch (error) {
      this.#fail(error.code ?? "unknown");
      return false;
    }
    link.href = this.file.url;
    link.download = this.file.name;
    link.removeAttribute("aria-disabled");
    $("download-size").textContent = `${shown.width} × ${shown.height} · ${megabytes(this.file.blob.size)} MB`;
    $("share").hidden = !navigator.canShare?.({ files: [this.#asFile()] });
    return true;
  }

  #asFile() {
    return new File([this.file.blob], this.file.name, { type: this.file.blob.type });
  }

  async #share() {
    await navigator.share({ files: [this.#asFile()] }).catch(() => {}); // whoever closes the list of places wants none
  }

  /** @param {number | null} fraction null: under way, how far is not known */
  #progress(fraction) {
    $("progress").hidden = false;
    const bar = $("progress").querySelector("progress");
    $("stop").hidden = false;
    if (fraction === null) return bar.removeAttribute("value");
    bar.value = fraction;
    this.say("status.drawing", Math.floor(fraction * 100));
  }

  /** Nothing is being drawn any more. */
  #rest() {
    this.running = false;
    $("progress").hidden = true;
    this.slider.busy = false;
  }

  /** Say a failure in one sentence; null takes it away. What was drawn before stays. */
  #fail(code) {
    this.failed = code;
    $("failure").hidden = !code;
    if (!code) return;
    this.#rest();
    $("failure").querySelector("span").textContent = say(`error.${code}` in TEXTS.en ? `error.${code}` : "error.unknown");
    $("retry").hidden = ["bad-photo", "too-small", "not-a-photo", "too-large"].includes(code);
    this.said = null;
    $("status").textContent = "";
    this.setState("failed");
  }

  /** A failure of the whole page, before there is any photo. */
  fail(code) {
    this.#fail(code);
  }

  async #retry() {
    if (!this.photo) return document.dispatchEvent(new CustomEvent("animegan-restart"));
    const run = this.#newRun();
    this.#fail(null);
    await this.#draw(run);
  }
}
