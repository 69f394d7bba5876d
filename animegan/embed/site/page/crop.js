// A dialog in which a person chooses the part of the photo that is drawn: a shape, and a frame that is moved and sized by
// pointer or keyboard. A part is {x, y, width, height} in pixels of the photo.
import { say } from "./texts.js";

const SHAPES = { whole: null, free: null, portrait: 4 / 5, square: 1, wide: 16 / 9 }; // width over height
const STEP = 0.02; // of the photo's long side: what an arrow key moves
const GROWTH = 1.1; // times: a key's change of size
const FIRST = 0.8; // of the photo: the first free frame
const LEAST = 0.05; // of the photo's long side: a part's smallest side
const SMALLEST = 16; // pixels: as above, in small photos
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CORNERS = [[0, 0], [1, 0], [0, 1], [1, 1]]; // [is right, is lower], in the order of the buttons
const $ = id => document.getElementById(id);

export class Crop {
  /** @param {(part: object | null, shape: string) => void} onChoose gets the part to draw, null for the whole photo */
  constructor(onChoose) {
    Object.assign(this, { dialog: $("crop"), stage: $("crop-stage"), frame: $("crop-frame") });
    this.corners = [...this.frame.querySelectorAll("button")];
    this.grip = null; // what a pointer holds: where it began, the part then, and the corner, if it is one
    $("crop-draw").addEventListener("click", () => {
      this.close();
      onChoose(this.shape === "whole" ? null : rounded(this.part), this.shape);
    });
    $("crop-cancel").addEventListener("click", () => this.close());
    $("crop-shapes").addEventListener("change", event => this.#choose(event.target.value));
    this.stage.addEventListener("keydown", event => this.#press(event));
    for (const kind of ["down", "move", "up", "cancel"]) this.stage.addEventListener(`pointer${kind}`, event => this.#point(kind, event));
  }

  /** Show a photo, and the part of it that was chosen before. */
  open(photo, part, shape) {
    this.photo = photo;
    $("crop-photo").src = photo.url;
    this.stage.style.setProperty("--ratio", photo.width / photo.height);
    this.part = null;
    this.dialog.querySelector(`[value=${shape}]`).checked = true;
    this.#choose(shape, part);
    const isEmbedded = document.documentElement.classList.contains("embedded"); // a frame is higher than the screen
    this.dialog.style.marginTop = isEmbedded ? `${Math.max(8, $("slider").getBoundingClientRect().top)}px` : "";
    if (!this.dialog.open) this.dialog.showModal();
  }

  close() {
    this.dialog.close();
  }

  /** Write the texts in the page's language. */
  write() {
    this.frame.setAttribute("aria-label", say("crop.frame"));
    this.corners.forEach((corner, n) => corner.setAttribute("aria-label", say(`crop.corner.${n}`)));
  }

  #choose(shape, part) {
    this.shape = shape;
    const { width, height } = this.photo;
    const { x, y, ...size } = this.part ?? { x: 0, y: 0, width, height };
    const share = shape === "free" ? FIRST : 1;
    this.#show(part ?? fitted(this.photo, SHAPES[shape] ?? width / height, share * width, [x + size.width / 2, y + size.height / 2]));
  }

  #show(part) {
    this.part = part;
    const { width, height } = this.photo;
    const edges = { left: part.x / width, top: part.y / height, right: (part.x + part.width) / width, bottom: (part.y + part.height) / height };
    for (const [name, place] of Object.entries(edges)) this.stage.style.setProperty(`--${name}`, `${100 * place}%`);
    this.frame.hidden = $("crop-shade").hidden = this.shape === "whole";
    const { width: across, height: down } = rounded(part);
    $("crop-size").textContent = `${across} × ${down}`;
  }

  #press(event) {
    const arrow = ARROWS[event.key], growth = { "+": GROWTH, "=": GROWTH, "-": 1 / GROWTH }[event.key];
    if (event.ctrlKey || event.metaKey || !(arrow || growth)) return;
    event.preventDefault();
    const { photo, part } = this, ratio = part.width / part.height;
    if (growth) return this.#show(fitted(photo, ratio, part.width * growth, [part.x + part.width / 2, part.y + part.height / 2]));
    const [dx, dy] = arrow.map(each => each * STEP * Math.max(photo.width, photo.height));
    this.#drag(part, CORNERS[this.corners.indexOf(event.target)], dx, dy);
  }

  #point(kind, event) {
    if (kind === "down") {
      if (event.button || !this.frame.contains(event.target)) return;
      event.preventDefault();
      event.target.focus({ focusVisible: false });
      this.stage.setPointerCapture(event.pointerId);
      this.grip = { from: [event.clientX, event.clientY], part: this.part, corner: CORNERS[this.corners.indexOf(event.target)] };
    } else if (kind === "move" && this.grip) {
      const scale = this.photo.width / this.stage.getBoundingClientRect().width, { from, part, corner } = this.grip;
      this.#drag(part, corner, (event.clientX - from[0]) * scale, (event.clientY - from[1]) * scale);
    } else if (kind !== "move") this.grip = null;
  }

  /** Move a part by (dx, dy) pixels, or one of its corners, whose opposite stays. */
  #drag(part, corner, dx, dy) {
    if (!corner) return this.#show({ ...part, ...within(this.photo, { ...part, x: part.x + dx, y: part.y + dy }) });
    this.#show(resized(this.photo, part, corner, [dx, dy], SHAPES[this.shape]));
  }
}

/** A part of a shape, as wide as asked where the photo has the room, around a centre that gives way at the photo's edges. */
function fitted(photo, ratio, asked, [x, y]) {
  const least = leastOf(photo) * Math.max(1, ratio);
  const width = Math.min(Math.max(asked, least), photo.width, photo.height * ratio), height = width / ratio;
  return within(photo, { x: x - width / 2, y: y - height / 2, width, height });
}

/** A part whose corner was moved by some pixels. Without a ratio, width and height change on their own. */
function resized(photo, part, [isRight, isLower], [dx, dy], ratio) {
  const rooms = [isRight ? photo.width - part.x : part.x + part.width, isLower ? photo.height - part.y : part.y + part.height];
  let width = part.width + (isRight ? dx : -dx), height = part.height + (isLower ? dy : -dy);
  if (ratio) {
    const wished = Math.abs(dx) > Math.abs(dy) ? width : height * ratio;
    width = Math.min(Math.max(wished, leastOf(photo) * Math.max(1, ratio)), rooms[0], rooms[1] * ratio);
    height = width / ratio;
  } else {
    [width, height] = [width, height].map((side, n) => Math.min(Math.max(side, leastOf(photo)), rooms[n]));
  }
  return { x: isRight ? part.x : part.x + part.width - width, y: isLower ? part.y : part.y + part.height - height, width, height };
}

function leastOf({ width, height }) {
  return Math.min(Math.max(SMALLEST, LEAST * Math.max(width, height)), width, height);
}

/** A part, pushed back into the photo. */
function within(photo, { x, y, width, height }) {
  return { x: Math.min(Math.max(0, x), photo.width - width), y: Math.min(Math.max(0, y), photo.height - height), width, height };
}

function rounded({ x, y, width, height }) {
  const [left, top, right, bottom] = [x, y, x + width, y + height].map(Math.round);
  return { x: left, y: top, width: right - left, height: bottom - top };
}
