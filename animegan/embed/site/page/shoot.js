// The buttons over the camera's picture, in full screen as well: a timer, the shutter, and one that records.
import { clock } from "./clips.js";
import { canRecord } from "./recorder.js";
import { say, write } from "./texts.js";

const TIMES = [0, 3, 10]; // seconds until a picture is taken, or a recording begins
const $ = id => document.getElementById(id);

export class Shoot {
  /**
   * @param {HTMLElement} stage where the buttons go
   * @param {() => void} onShot called to take a picture
   * @param {() => void} onRecord called to begin a recording, or to end it
   */
  constructor(stage, onShot, onRecord) {
    this.box = $("shoot");
    [this.timer, this.shutter, this.record, this.count, this.length] = ["timer", "snapshot", "record", "countdown", "length"].map($);
    this.wait = TIMES[0];
    this.counting = null; // the timeout of a countdown
    this.isRecording = false;
    this.record.hidden = !canRecord();
    stage.append(this.box);
    this.box.hidden = false;
    this.timer.addEventListener("click", () => {
      this.wait = TIMES[(TIMES.indexOf(this.wait) + 1) % TIMES.length];
      this.cancel();
      this.write();
    });
    this.shutter.addEventListener("click", () => this.#later(onShot));
    this.record.addEventListener("click", () => (this.isRecording ? onRecord() : this.#later(onRecord)));
  }

  /** Whether there is a drawn picture that can be recorded. */
  set isDrawn(isDrawn) {
    this.record.disabled = !isDrawn;
  }

  /** A recording has gone on for so many seconds; null: there is none. */
  tick(seconds) {
    this.isRecording = seconds !== null;
    this.length.hidden = !this.isRecording;
    this.length.textContent = this.isRecording ? clock(seconds) : "";
    this.write();
  }

  /** End a countdown. */
  cancel() {
    clearTimeout(this.counting);
    this.counting = null;
    this.count.textContent = "";
  }

  /** Write the texts in the page's language. */
  write() {
    write(this.box);
    this.timer.querySelector("b").textContent = this.wait || "";
    this.timer.setAttribute("aria-label", this.wait ? say("live.timer", this.wait) : say("live.timer.off"));
    this.record.setAttribute("aria-pressed", this.isRecording);
    this.record.setAttribute("aria-label", say(this.isRecording ? "live.record.stop" : "live.record"));
    for (const button of [this.timer, this.shutter, this.record]) button.title = button.getAttribute("aria-label");
  }

  /** Do it when the timer has run down, at once without one; a second press ends the countdown. */
  #later(work) {
    if (this.counting) return this.cancel();
    const count = left => {
      if (!left) {
        this.cancel();
        return work();
      }
      this.count.textContent = left;
      this.counting = setTimeout(count, 1000, left - 1);
    };
    count(this.wait);
  }
}
