// The page without a connection: what its service worker keeps of the folder.
import { megabytes } from "./photos.js";
import { say } from "./texts.js";

const CONTROL = 1500; // milliseconds that the first visit waits for the service worker
const $ = id => document.getElementById(id);

export class Offline {
  /**
   * @param {URL} folder where the page's files are
   * @param {() => void} onChange called when a first drawing needs no connection any more
   */
  constructor(folder, onChange) {
    Object.assign(this, { folder, onChange });
    this.isKept = false;
    this.said = null; // key and values of the line beside the button, for another language
    this.missing = 0; // bytes that all styles together still need
    $("keep").addEventListener("click", () => this.#keepAll());
  }

  /** Let the service worker keep the page's own files; a browser without one draws all the same. */
  async register() {
    try {
      const worker = navigator.serviceWorker; // a closed frame forbids even the look
      if (!worker) return;
      await worker.register(new URL("service-worker.js", this.folder), { scope: this.folder.pathname });
      if (!worker.controller) {
        await Promise.race([
          new Promise(done => worker.addEventListener("controllerchange", done, { once: true })),
          new Promise(done => setTimeout(done, CONTROL)),
        ]);
      }
    } catch { /* the browser's settings forbid it */ }
  }

  /** Keep the files that a drawing in this style needs: `begin(manifest, engine, style)`. */
  async begin(manifest, engine, style) {
    Object.assign(this, { manifest, engine });
    if (!navigator.serviceWorker) return;
    this.isKept = await this.#ask({ keep: this.#addresses(this.#pictures(), this.#filesOf(style)) });
    if (this.isKept) document.body.dataset.offline = "kept";
    this.onChange();
    await this.#count();
  }

  /** Write the texts in the page's language. */
  write() {
    $("keep").textContent = say("keep", megabytes(this.missing));
    $("kept").textContent = this.said ? say(...this.said) : "";
  }

  /** How many bytes all styles together still need: offer to fetch them. */
  async #count() {
    const lasting = this.#filesOfAll();
    const missing = new Set(await this.#ask({ missing: this.#addresses([], lasting) }));
    const bytesOf = file => (missing.has(this.#address(file)) ? this.manifest.files[file].bytes : 0);
    this.missing = [...new Set(lasting)].reduce((sum, file) => sum + bytesOf(file), 0);
    $("keep").hidden = !this.missing || window.parent !== window; // a frame is a guest in its reader's browser
    this.write();
  }

  async #keepAll() {
    $("keep").disabled = true;
    navigator.storage?.persist?.().catch(() => {}); // else the browser may drop the files where the disk is full
    const files = this.#filesOfAll();
    const isKept = await this.#ask({ keep: this.#addresses([], files) }, part => this.#say("keep.part", Math.floor(100 * part)));
    $("keep").disabled = false;
    await this.#count();
    this.#say(isKept ? "keep.done" : "keep.failed");
  }

  #say(...said) {
    this.said = said;
    this.write();
  }

  /** Ask the service worker; `onPart` hears how much of it is done, from 0 to 1. */
  async #ask(question, onPart) {
    const worker = (await navigator.serviceWorker.ready).active;
    const { port1, port2 } = new MessageChannel();
    return new Promise(done => {
      port1.onmessage = ({ data }) => (typeof data === "number" ? onPart?.(data) : done(data));
      worker.postMessage(question, [port2]);
    });
  }

  /** The runtime, and the networks that a drawing in a style may need. */
  #filesOf({ network, face_network: face, live_network: live }) {
    const { finder = [], enlarger = [], restorer, face_restorer: faceRestorer, networks, runtime } = this.manifest;
    const names = [network, face, live, ...enlarger, ...finder, restorer, face && faceRestorer];
    const { script, binary } = runtime?.[this.engine.engine] ?? {};
    return [...names.map(name => networks?.[name]?.file), script, binary?.file].filter(Boolean);
  }

  /** What drawings in all styles may need, of bad photos, of people, of HEIC photos and of clips, too. */
  #filesOfAll() {
    const { heic, clips, people, coarse_restorer: coarse, face_restorer: faceRestorer, networks, styles } = this.manifest;
    const others = [people, coarse, faceRestorer].map(name => networks?.[name]?.file);
    return [...styles.flatMap(style => this.#filesOf(style)), ...others, heic?.file, clips?.file].filter(Boolean);
  }

  /** The pictures that the page shows, and the papers behind it. */
  #pictures() {
    const { before, after, photos = [] } = this.manifest.examples ?? {};
    const cards = this.manifest.styles.map(each => each.card);
    return [...cards, before, after, ...photos.map(photo => photo.small)].filter(Boolean);
  }

  #addresses(pictures, lasting) {
    return [...new Set([...lasting.map(file => this.#address(file)), ...pictures.map(file => new URL(file, this.folder).href)])];
  }

  /** The address at which the engine asks for a large file: with the beginning of its hash. */
  #address(file) {
    return new URL(`${file}?v=${this.manifest.files[file].sha256.slice(0, 8)}`, this.folder).href;
  }
}
