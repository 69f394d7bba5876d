// Two pictures on top of each other and a line between them: the photo to its left, the drawing to its right.
import { say } from "./texts.js";

const START = 22; // per cent: visitors first see the drawing
const TAG_WIDTH = 20; // per cent of the width at which a tag would lie under the line
const SIDES = ["before", "after"];
const FULL = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/></svg>';
const PETALS = [[8, 0], [24, 2.6], [41, 1.1], [58, 3.4], [73, 0.6], [88, 2.0]]; // per cent from the left, seconds

export class Slider {
  /** @param {HTMLElement} box the empty element that becomes the slider */
  constructor(box) {
    this.box = box;
    this.stage = make("div", "stage");
    this.range = Object.assign(make("input"), { type: "range", min: 0, max: 100, step: 1 });
    this.tags = ["left", "right"].map(side => make("span", `tag ${side}`));
    this.full = Object.assign(make("button", "full"), { type: "button", innerHTML: FULL, hidden: !document.fullscreenEnabled });
    this.petals = make("div", "petals");
    for (const [left, delay] of PETALS) {
      const petal = this.petals.appendChild(make("i"));
      petal.style.setProperty("--x", `${left}%`);
      petal.style.setProperty("--d", `${-delay}s`);
    }
    this.stage.append(this.range, make("span", "bar"), ...this.tags, this.full, this.petals);
    this.range.addEventListener("input", () => this.move(Number(this.range.value)));
    this.full.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : box.requestFullscreen()));
    for (const kind of ["pointerdown", "pointermove"]) this.stage.addEventListener(kind, event => this.#drag(event));
    this.stage.addEventListener("mousedown", event => { if (!event.target.closest("button")) event.preventDefault(); }); // it would take the focus away
    this.move(START);
    this.write();
  }

  /** Put pictures (images, canvases or videos) in place; an `after` that is left out leaves the photo alone. */
  show(before, after, ratio) {
    for (const old of this.stage.querySelectorAll(".before, .after")) old.remove();
    [before, after].forEach((picture, n) => picture && name(picture, n));
    this.stage.prepend(...[before, after].filter(Boolean));
    this.box.style.setProperty("--ratio", ratio);
    for (const part of [this.range, this.stage.querySelector(".bar"), ...this.tags]) part.hidden = !after;
    if (this.stage.parentNode !== this.box) this.box.replaceChildren(this.stage);
    this.box.hidden = false;
  }

  /** Lay a sharper picture over the drawing that is there, and take that one away. */
  sharpen(picture) {
    const old = this.stage.querySelector(".after");
    if (!old) return;
    name(picture, 1);
    old.after(picture);
    old.classList.add("gone");
    setTimeout(() => old.remove(), 400);
  }

  /** @param {number} at per cent from the left */
  move(at) {
    this.at = Math.min(100, Math.max(0, at));
    this.range.value = Math.round(this.at);
    this.range.setAttribute("aria-valuetext", say("slider.value", Math.round(this.at)));
    this.box.style.setProperty("--at", `${this.at}%`);
    this.tags[0].style.opacity = this.at < TAG_WIDTH ? 0 : 1;
    this.tags[1].style.opacity = this.at > 100 - TAG_WIDTH ? 0 : 1;
  }

  set busy(busy) {
    this.box.classList.toggle("busy", busy);
  }

  /** Write the texts in the page's language. */
  write() {
    this.tags.forEach((tag, n) => { tag.textContent = say(`slider.${SIDES[n]}`); });
    this.range.setAttribute("aria-label", say("slider"));
    this.full.setAttribute("aria-label", say("slider.full"));
    this.full.title = say("slider.full");
    for (const picture of this.stage.querySelectorAll(".before, .after")) name(picture, picture.matches(".after") ? 1 : 0);
    this.move(this.at);
  }

  #drag(event) {
    if (this.range.hidden || event.target.closest("button") || !(event.buttons & 1)) return;
    if (event.type === "pointerdown") {
      this.stage.setPointerCapture(event.pointerId);
      this.range.focus({ preventScroll: true, focusVisible: false });
    }
    const { left, width } = this.stage.getBoundingClientRect();
    this.move(((event.clientX - left) / width) * 100);
  }
}

/** Mark a picture as the photo (0) or the drawing (1), also for those who do not see it. */
function name(picture, n) {
  picture.classList.add(SIDES[n]);
  const text = say(`slider.${SIDES[n]}`);
  if (picture instanceof HTMLImageElement) picture.alt = text;
  else {
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", text);
  }
}

function make(tag, className = "") {
  return Object.assign(document.createElement(tag), { className });
}
