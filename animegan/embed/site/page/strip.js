// Several photos or clips at once: a row of small pictures. Each is drawn when it is chosen.
import { isClip } from "./clips.js";
import { say } from "./texts.js";

const HIGH = 112; // pixels of a small picture
const $ = id => document.getElementById(id);

export class Strip {
  /** @param {(file: File) => void} onChoose called when a person chooses one of the photos */
  constructor(onChoose) {
    this.onChoose = onChoose;
    this.files = [];
  }

  /** Show these files, the first of which is drawn; one alone needs no row. */
  async show(files) {
    this.files = files;
    const buttons = files.map(file => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.addEventListener("click", () => {
        this.#mark(button);
        this.onChoose(file);
      });
      return button;
    });
    $("strip").hidden = files.length < 2;
    $("strip").replaceChildren(...buttons.map(button => {
      const entry = document.createElement("li");
      entry.append(button);
      return entry;
    }));
    this.write();
    this.#mark(buttons[0]);
    if (files.length < 2) return;
    for (const [n, file] of files.entries()) { // one after the other, as each is decoded at its full size
      if (files !== this.files) return;
      const small = isClip(file) ? "▶" : await smallOf(file);
      if (small) buttons[n].replaceChildren(small);
    }
  }

  /** Write the texts in the page's language. */
  write() {
    this.#buttons().forEach((button, n) => {
      button.setAttribute("aria-label", say("strip.photo", n + 1, this.files.length, this.files[n].name));
      button.title = this.files[n].name;
    });
  }

  #buttons() {
    return [...$("strip").querySelectorAll("button")];
  }

  #mark(chosen) {
    for (const button of this.#buttons()) button.setAttribute("aria-pressed", button === chosen);
  }
}

/** A canvas with a file's picture; null if the browser cannot read it. */
async function smallOf(file) {
  try {
    const picture = await createImageBitmap(file, { resizeHeight: HIGH, resizeQuality: "medium" });
    const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height });
    canvas.getContext("2d").drawImage(picture, 0, 0);
    picture.close();
    return canvas;
  } catch {
    return null;
  }
}
