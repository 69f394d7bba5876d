// Clips on the Draw tab: drawn picture by picture, shown as they are drawn, and offered as MP4.
import { isPhone } from "../engine/device.js";
import { nameFor } from "./photos.js";
import { own, say } from "./texts.js";

const KINDS = /\.(mp4|m4v|mov|webm|mkv)$/i;
const FINAL = new Set(["bad-clip", "long-clip", "no-clips", "no-codecs", "no-decoder"]); // another try ends the same way
const SURE = 5; // pictures after which the page says how long the others will take
const $ = id => document.getElementById(id);

/** Whether a file says that it is a clip. */
export const isClip = ({ name, type }) => type.startsWith("video/") || KINDS.test(name);

/** "2:05" from a number of seconds. */
export const clock = seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export class Clips {
  /**
   * @param {object} parts what the tab has: `painter`, `board`, `slider`, `download` and `setState`
   * @param {() => void} onOpen called when a clip's first picture is drawn: it takes the photo's place
   * @param {() => void} onRefuse called when a file turned out to be no clip: the photo stays
   */
  constructor(parts, onOpen, onRefuse) {
    Object.assign(this, parts, { onOpen, onRefuse });
    this.box = $("clip");
    this.video = this.box.querySelector("video");
    this.file = null; // the clip that was brought last, unless a photo came after it
    this.opened = null; // the clip that is shown
    this.run = 0; // counts upwards: a run that is not the last one stops
    this.running = false;
    this.url = null; // of the drawn clip
  }

  /** Take the styles and the limits from the manifest: `begin(manifest, cards)`, once. */
  begin(manifest, cards) {
    this.cards = cards;
    this.longest = isPhone() ? manifest.phone_clip_seconds : manifest.clip_seconds;
  }

  /** Draw a clip in the chosen style. What is shown stays until its first picture is drawn. */
  async draw(file = this.file) {
    const run = ++this.run, style = this.cards.chosen;
    const isLast = () => run === this.run;
    this.painter.cancel();
    Object.assign(this, { file, running: true, began: null });
    this.board.fail(null);
    this.board.offer(null);
    this.setState("drawing");
    this.board.say("clip.reading");
    this.board.progress(null);
    this.slider.busy = true;
    const lock = await awake();
    try {
      if (!isLast()) return;
      const drawn = await this.painter.clip(file, {
        style: style.id,
        onBytes: bytes => { if (isLast()) this.board.count(bytes); },
        onFrame: frame => { if (isLast()) this.#show(frame); },
      });
      if (isLast()) this.#finish(style, drawn);
    } catch (error) {
      if (!isLast() || error.code === "cancelled") return;
      if (!error.code) console.error(error);
      this.#fail(error.code ?? "unknown");
    } finally {
      lock?.release();
    }
  }

  /** Another style is chosen: begin anew; but what is finished stays until one asks for another. */
  choose() {
    if (this.running) this.draw();
    else this.board.offer("draw");
  }

  /** Stop the drawing under way. */
  stop() {
    this.run++;
    this.painter.cancel();
    this.#rest();
    this.setState("ready");
    this.board.say("clip.stopped");
    this.board.offer("draw");
  }

  /** A photo takes the clip's place. */
  close() {
    if (!this.file) return;
    this.run++;
    this.#rest();
    this.file = this.opened = null;
    this.#forget();
    delete document.body.dataset.clip;
  }

  #rest() {
    this.running = false;
    this.board.rest();
    this.slider.busy = false;
  }

  /** Take away what is drawn of a clip. */
  #forget() {
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
    this.video.removeAttribute("src");
    this.box.hidden = true;
    this.download.offer();
  }

  /** Show a picture that was drawn, beside the clip's own, and how far the drawing is. */
  #show({ done, frames, photo, drawing }) {
    if (done === 1) this.#open(photo);
    this.before.getContext("2d").putImageData(photo, 0, 0);
    this.after.getContext("2d").putImageData(drawing, 0, 0);
    if (done === 1) $("chosen").src = this.before.toDataURL("image/jpeg");
    this.frames = done;
    this.board.bar(done / frames);
    this.began ??= performance.now(); // the first picture waits for the networks
    const left = ((performance.now() - this.began) / 1000 / (done - 1)) * (frames - done);
    if (done > SURE) this.board.tell("clip.left", done, frames, clock(left));
    else this.board.tell("clip.frames", done, frames);
  }

  /** The clip can be drawn: it takes the place of what was there. */
  #open({ width, height }) {
    this.onOpen();
    this.#forget();
    this.opened = this.file;
    document.body.dataset.photo = document.body.dataset.clip = "";
    [this.before, this.after] = [0, 1].map(() => Object.assign(document.createElement("canvas"), { width, height }));
    this.slider.show(this.before, this.after, width / height);
    $("chosen").alt = say("clip.alt");
    $("chosen").hidden = $("another").hidden = false;
    this.board.say("clip.drawing", () => own(this.cards.chosen.title));
  }

  #finish(style, { blob, width, height, isSilent, ms }) {
    this.#rest();
    this.url = URL.createObjectURL(blob);
    this.video.src = this.url;
    this.box.style.setProperty("--ratio", width / height);
    this.box.hidden = false;
    this.slider.box.hidden = true;
    this.download.offerFile(blob, nameFor(this.file, { style: style.id, part: "all" }, "clip", blob), { width, height });
    this.board.say("clip.done", this.frames, clock(ms / 1000), () => (isSilent ? say("clip.silent") : ""));
    this.setState("done");
  }

  #fail(code) {
    this.#rest();
    this.board.hush();
    this.board.fail(code, this.longest);
    this.setState("failed");
    if (!FINAL.has(code)) return this.board.offer("retry");
    this.file = this.opened;
    this.onRefuse();
  }
}

/** Keep the screen on while a clip is drawn, where the browser can: a telephone that sleeps draws nothing. */
async function awake() {
  try {
    return await navigator.wakeLock?.request("screen");
  } catch {
    return null;
  }
}
