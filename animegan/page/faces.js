// Numbered boxes over the faces of the slider's picture. A click chooses a face, or leaves it out.

const ALL = ""; // what stands for every face, and for none, as in the setting "Which faces"
const NONE = "0";

class FaceBoxes {
  /**
   * @param {Slider} slider whose picture they lie on; they follow its zoom
   * @param {(key: string, ...values: any[]) => string} say gives the texts `faces.group`, `faces.box` and so on
   * @param {(numbers: string) => void} onChoose called with the numbers of those that are chosen, as in "1,3"
   */
  constructor(slider, say, onChoose) {
    Object.assign(this, { slider, say, onChoose, known: "", asked: null });
    this.layer = Object.assign(document.createElement("div"), { className: "faces", hidden: true });
    this.hint = Object.assign(document.createElement("p"), { className: "faces-hint" });
    this.hint.setAttribute("role", "status");
    this.layer.setAttribute("role", "group");
    slider.stage.append(this.layer);
    this.layer.addEventListener("click", event => {
      const box = event.target.closest("button");
      if (box) this.#turn(box);
    });
    document.addEventListener("click", event => {
      if (event.target.closest?.(".choose-faces")) this.open(this.layer.hidden);
    });
    this.layer.addEventListener("keydown", event => {
      if (event.key === "Escape") this.open(false);
    });
  }

  /** Lay boxes over these faces. What was clicked last counts until a drawing of it comes. */
  show(faces = []) {
    const places = JSON.stringify(faces.map(face => face.box));
    const chosen = textOf(faces.filter(face => face.chosen), faces);
    if (places === this.known && this.asked !== null && this.asked !== chosen) return;
    this.asked = null;
    this.known = places;
    const boxes = this.#boxes().slice(0, faces.length);
    while (boxes.length < faces.length) boxes.push(Object.assign(document.createElement("button"), { type: "button" }));
    faces.forEach(({ number, box, chosen }, n) => {
      const [left, top, right, bottom] = box;
      const place = { x: left, y: top, w: right - left, h: bottom - top };
      for (const [name, part] of Object.entries(place)) boxes[n].style.setProperty(`--${name}`, `${100 * part}%`);
      boxes[n].dataset.number = number;
      boxes[n].setAttribute("aria-pressed", chosen);
    });
    this.layer.replaceChildren(...boxes, this.hint);
    this.write();
    if (!faces.length) this.open(false);
  }

  open(open) {
    this.layer.hidden = !open;
    document.documentElement.classList.toggle("choosing-faces", open);
    const button = document.querySelector(".choose-faces");
    button?.setAttribute("aria-expanded", open);
    if (open) this.#boxes()[0]?.focus({ preventScroll: true });
    else if (document.activeElement === document.body) button?.focus({ preventScroll: true });
  }

  /** Write the texts in the page's language. */
  write() {
    this.layer.setAttribute("aria-label", this.say("faces.group"));
    this.hint.textContent = this.say("faces.hint");
    for (const box of this.#boxes()) box.setAttribute("aria-label", this.say("faces.box", box.dataset.number));
  }

  #turn(box) {
    const isOn = box.getAttribute("aria-pressed") === "true";
    box.setAttribute("aria-pressed", !isOn);
    this.asked = textOf(this.#boxes().filter(isChosen).map(each => each.dataset), this.#boxes());
    this.onChoose(this.asked);
  }

  #boxes() {
    return [...this.layer.querySelectorAll("button")];
  }
}

function isChosen(box) {
  return box.getAttribute("aria-pressed") === "true";
}

function textOf(chosen, all) {
  return chosen.length === all.length ? ALL : chosen.map(({ number }) => number).join() || NONE;
}
