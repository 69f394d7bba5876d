// Two pictures on top of each other and a line between them: the photo to its left, the drawing to its right.
// The page that Gradio serves uses this file, too, as a plain script: it imports nothing.

const START = 22; // per cent: visitors first see the drawing
const TAG_WIDTH = 20; // per cent of the width at which a tag would lie under the line
const MOST = 8; // times: how far one can zoom in
const STEP = 1.5; // times: a key's zoom
const REACH = 28; // pixels on each side of the line in which it can be dragged while one looks at a part
const SLACK = 6; // pixels: what a finger may move before it is clear where it goes
const SIDES = ["before", "after"];
const FULL = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/></svg>';
const PETALS = [[8, 0], [24, 2.6], [41, 1.1], [58, 3.4], [73, 0.6], [88, 2.0]]; // per cent from the left, seconds

export class Slider {
  /**
   * @param {HTMLElement} box the empty element that becomes the slider
   * @param {(key: string, ...values: any[]) => string} say gives the texts `slider`, `slider.before` and so on
   */
  constructor(box, say) {
    Object.assign(this, { box, say, zoom: 1, pan: [0, 0], pointers: new Map(), grip: null });
    this.stage = make("div", "stage");
    this.range = Object.assign(make("input"), { type: "range", min: 0, max: 100, step: 1 });
    this.tags = ["left", "right"].map(side => make("span", `tag ${side}`));
    const unable = !document.fullscreenEnabled && window.self !== window.top;
    this.full = Object.assign(make("button", "full"), { type: "button", innerHTML: FULL, hidden: unable });
    this.out = Object.assign(make("button", "out"), { type: "button", hidden: true });
    this.petals = make("div", "petals");
    for (const [left, delay] of PETALS) {
      const petal = this.petals.appendChild(make("i"));
      petal.style.setProperty("--x", `${left}%`);
      petal.style.setProperty("--d", `${-delay}s`);
    }
    this.stage.append(this.range, make("span", "bar"), ...this.tags, this.out, this.full, this.petals);
    this.range.addEventListener("input", () => this.move(Number(this.range.value)));
    this.full.addEventListener("click", () => this.#spread());
    this.out.addEventListener("click", () => {
      this.#look(1, [0, 0]);
      this.range.focus({ preventScroll: true });
    });
    this.#listen();
    this.move(START);
    this.write();
  }

  /** Put pictures (images, canvases or videos) in place; an `after` that is left out leaves the photo alone. */
  show(before, after, ratio) {
    for (const old of this.stage.querySelectorAll(".before, .after")) old.remove();
    [before, after].forEach((picture, n) => picture && this.#name(picture, n));
    this.stage.prepend(...[before, after].filter(Boolean));
    if (!after || ratio !== this.ratio) this.#look(1, [0, 0]);
    this.ratio = ratio;
    this.box.style.setProperty("--ratio", ratio);
    for (const part of [this.range, this.stage.querySelector(".bar"), ...this.tags]) part.hidden = !after;
    if (this.stage.parentNode !== this.box) this.box.replaceChildren(this.stage);
    this.box.hidden = false;
  }

  /** Lay a sharper picture over the drawing that is there, and take that one away. */
  sharpen(picture) {
    const old = this.stage.querySelector(".after");
    if (!old) return;
    this.#name(picture, 1);
    old.after(picture);
    old.classList.add("gone");
    setTimeout(() => old.remove(), 400);
  }

  /** @param {number} at per cent from the left */
  move(at) {
    this.at = within(at, 0, 100);
    this.range.value = Math.round(this.at);
    this.range.setAttribute("aria-valuetext", this.say("slider.value", Math.round(this.at)));
    this.tags[0].style.opacity = this.at < TAG_WIDTH ? 0 : 1;
    this.tags[1].style.opacity = this.at > 100 - TAG_WIDTH ? 0 : 1;
    this.#place();
  }

  set busy(busy) {
    this.box.classList.toggle("busy", busy);
  }

  /** Write the texts in the page's language. */
  write() {
    this.tags.forEach((tag, n) => { tag.textContent = this.say(`slider.${SIDES[n]}`); });
    this.range.setAttribute("aria-label", this.say("slider"));
    for (const [button, key] of [[this.full, "slider.full"], [this.out, "slider.out"]]) {
      button.setAttribute("aria-label", this.say(key));
      button.title = this.say(key);
    }
    for (const picture of this.stage.querySelectorAll(".before, .after")) this.#name(picture, picture.matches(".after") ? 1 : 0);
    this.move(this.at);
  }

  #listen() {
    for (const kind of ["down", "move", "up", "cancel"]) this.stage.addEventListener(`pointer${kind}`, event => this.#point(kind, event));
    this.stage.addEventListener("mousedown", event => { if (!event.target.closest("button")) event.preventDefault(); }); // it would take the focus away
    for (const kind of ["touchstart", "touchmove"]) {
      this.stage.addEventListener(kind, event => { if (event.touches.length > 1) event.preventDefault(); }, { passive: false }); // two fingers are ours, one is the page's
    }
    this.stage.addEventListener("wheel", event => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.#zoom(Math.exp(within(event.deltaY, -30, 30) * -0.012), event.clientX, event.clientY);
    }, { passive: false });
    this.stage.addEventListener("dblclick", event => {
      if (event.target.closest("button")) return;
      if (this.zoom > 1) this.#look(1, [0, 0]);
      else this.#zoom(STEP * STEP, event.clientX, event.clientY);
    });
    this.range.addEventListener("keydown", event => {
      const factor = { "+": STEP, "=": STEP, "-": 1 / STEP, 0: 1 / MOST }[event.key];
      if (!factor || event.ctrlKey || event.metaKey) return;
      const { left, top, width, height } = this.stage.getBoundingClientRect();
      this.#zoom(factor, left + width / 2, top + height / 2);
    });
  }

  /** A finger, a pen or the mouse moves the line; while one looks at a part, it moves that part, unless it is near the line. */
  #point(kind, event) {
    const place = [event.clientX, event.clientY];
    if (kind === "down") {
      if (event.button || event.target.closest("button")) return;
      this.stage.setPointerCapture(event.pointerId);
      this.range.focus({ preventScroll: true, focusVisible: false });
      this.pointers.set(event.pointerId, place);
      const { left, width } = this.stage.getBoundingClientRect();
      const isNear = Math.abs(left + (this.at / 100) * width - place[0]) < REACH;
      this.grip = this.pointers.size > 1 ? "pinch" : this.zoom > 1 && !isNear ? "part" : event.pointerType === "touch" ? "finger" : "line";
      this.began = place;
      if (this.grip === "line") this.#moveTo(place[0]);
      return;
    }
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const [across, down] = [0, 1].map(n => Math.abs(place[n] - this.began[n]));
    if (this.grip === "finger" && across > SLACK && across > down) this.grip = "line"; // and not on its way down the page
    if (kind === "move") {
      const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, other]) => other);
      this.pointers.set(event.pointerId, place);
      if (others.length) this.#pinch(others[0], last, place);
      else if (this.grip === "part") this.#zoom(1, ...place, place[0] - last[0], place[1] - last[1]);
      else if (this.grip === "line") this.#moveTo(place[0]);
      return;
    }
    if (kind === "up" && this.grip === "finger" && Math.max(across, down) <= SLACK) this.#moveTo(place[0]);
    this.pointers.delete(event.pointerId);
  }

  #moveTo(clientX) {
    const { left, width } = this.stage.getBoundingClientRect();
    if (!this.range.hidden) this.move(((clientX - left) / width) * 100);
  }

  #pinch(other, last, place) {
    const gap = Math.hypot(last[0] - other[0], last[1] - other[1]);
    const [x, y] = [0, 1].map(n => (place[n] + other[n]) / 2);
    if (gap) this.#zoom(Math.hypot(place[0] - other[0], place[1] - other[1]) / gap, x, y, (place[0] - last[0]) / 2, (place[1] - last[1]) / 2);
  }

  /** Zoom so that the place under (clientX, clientY), after moving by (dx, dy) pixels, stays there. */
  #zoom(factor, clientX, clientY, dx = 0, dy = 0) {
    const { left, top, width, height } = this.stage.getBoundingClientRect();
    const zoom = within(this.zoom * factor, 1, MOST);
    const [at, moved] = [[(clientX - left) / width, (clientY - top) / height], [dx / width, dy / height]];
    this.#look(zoom, this.pan.map((pan, n) => at[n] - ((at[n] - moved[n] - pan) * zoom) / this.zoom));
  }

  /** Look at a part: how many times larger, and where the pictures' corner lies, in widths and heights of the stage. */
  #look(zoom, pan) {
    this.zoom = zoom;
    this.pan = pan.map(each => within(each, 1 - zoom, 0));
    this.out.hidden = zoom === 1;
    this.out.textContent = `${zoom.toFixed(1)} ×`;
    this.box.classList.toggle("zoomed", zoom > 1);
    this.#place();
  }

  #place() {
    const [x, y] = this.pan;
    const places = { at: `${this.at}%`, cut: `${(this.at - x * 100) / this.zoom}%`, zoom: this.zoom, "pan-x": `${x * 100}%`, "pan-y": `${y * 100}%` };
    for (const [name, value] of Object.entries(places)) this.box.style.setProperty(`--${name}`, value);
  }

  /** Full screen; where a browser has it for films only, over the whole window. */
  #spread() {
    if (!document.fullscreenEnabled) this.box.classList.toggle("spread");
    else if (document.fullscreenElement) document.exitFullscreen();
    else this.box.requestFullscreen();
  }

  /** Leave full screen. */
  leave() {
    this.box.classList.remove("spread");
    if (document.fullscreenElement === this.box) document.exitFullscreen();
  }

  /** Mark a picture as the photo (0) or the drawing (1), also for those who do not see it. */
  #name(picture, n) {
    picture.classList.add(SIDES[n]);
    const text = this.say(`slider.${SIDES[n]}`);
    if (picture instanceof HTMLImageElement) picture.alt = text;
    else {
      picture.setAttribute("role", "img");
      picture.setAttribute("aria-label", text);
    }
  }
}

function within(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

function make(tag, className = "") {
  return Object.assign(document.createElement(tag), { className });
}
