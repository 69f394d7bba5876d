// The tab that draws the camera's picture while it moves, takes pictures, and records.
import { clock } from "./clips.js";
import { canvasOf, megabytes, nameFor } from "./photos.js";
import { Recorder } from "./recorder.js";
import { Shoot } from "./shoot.js";
import { Slider } from "./slider.js";
import { language, say, TEXTS } from "./texts.js";

const SIZES = [192, 256, 320, 384, 448, 512]; // pixels: side of a square with as many pixels as the picture to draw
const FIRST = 1; // place in SIZES
const STEP = 16; // pixels: sides are multiples of it
const [QUICK, SLOW] = [45, 95]; // milliseconds a picture at which the next larger or smaller size is tried
const MEMORY = 0.9; // of the time a picture takes, at each new one
const PATIENCE = 12; // pictures of one size before another is tried
const SHOWN = 720; // pixels: long side at which the camera's own picture is shown
const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 } };
const $ = id => document.getElementById(id);

export class LiveTab {
  /**
   * @param {object} painter the page's hold on the engine: `frame(imageData, {style})`
   * @param {(picture: Blob) => void} onSnapshot gets the camera's picture at its full size
   */
  constructor(painter, onSnapshot) {
    Object.assign(this, { painter, onSnapshot });
    this.idle = $("live-slider").firstElementChild;
    this.slider = new Slider($("live-slider"), say);
    this.shoot = new Shoot(this.slider.stage, () => this.#snapshot(), () => this.#record());
    this.recorder = new Recorder(seconds => this.shoot.tick(seconds), (film, seconds) => this.#offer(film, seconds));
    this.film = null; // the address of what was recorded
    this.video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
    this.before = document.createElement("canvas");
    this.after = document.createElement("canvas");
    this.small = document.createElement("canvas");
    this.size = FIRST;
    this.facing = "user";
    this.stream = null;
    $("camera").addEventListener("click", () => (this.stream ? this.stop() : this.start()));
    this.video.addEventListener("resize", () => this.#fit());
    $("turn").addEventListener("click", () => this.#turn());
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.stop(); });
    addEventListener("pagehide", () => this.stop());
  }

  /** @param {object} cards the styles that have a network for this, if there are any */
  begin(cards) {
    this.cards = cards;
    this.write();
  }

  /** Another style is chosen: the next picture has it. */
  choose() {
    this.#fail(null);
    if (this.stream) this.#say("live.loading");
  }

  async start() {
    this.#fail(null);
    this.#say("live.waiting");
    $("camera").disabled = true;
    try {
      const video = { ...CAMERA, facingMode: this.facing };
      if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "SecurityError");
      this.stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      this.video.srcObject = this.stream;
      await this.video.play();
    } catch (error) {
      this.stop();
      this.#fail(sentenceOf(error));
      return;
    } finally {
      $("camera").disabled = false;
    }
    if ($("panel-live").hidden) return this.stop();
    this.#open();
    const { stream } = this;
    stream.getVideoTracks()[0].addEventListener("ended", () => { if (stream === this.stream) this.#lost(); });
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(each => each.kind === "videoinput");
    $("turn").hidden = cameras.length < 2;
    this.#loop(stream);
  }

  /** Switch the camera off. */
  stop() {
    this.shoot.cancel();
    this.recorder.stop();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = this.video.srcObject = null;
    document.body.classList.remove("live");
    $("turn").hidden = true;
    $("live-slider").replaceChildren(this.idle);
    this.#say(null);
    this.write();
  }

  /** Write the texts in the page's language. */
  write() {
    this.slider.write();
    this.shoot.write();
    $("camera").textContent = say(this.stream ? "live.stop" : "live.start");
    if (this.said) this.#say(...this.said);
    if (this.failed) this.#fail(this.failed);
  }

  #open() {
    this.shoot.isDrawn = false;
    $("mirror").checked = this.facing === "user";
    const { videoWidth: width, videoHeight: height } = this.video;
    this.before.width = this.before.height = this.after.width = this.after.height = 0;
    this.slider.show(this.before, this.after, width / height);
    this.write();
    this.#say("live.loading");
  }

  /** The camera's picture has another shape, as when a telephone is turned. */
  #fit() {
    const ratio = this.video.videoWidth / this.video.videoHeight;
    if (!document.body.classList.contains("live") || ratio === this.slider.ratio) return;
    this.recorder.stop();
    this.slider.show(this.before, this.after, ratio);
  }

  /** Draw one picture after the other for as long as this stream is the one that is shown. */
  async #loop(stream) {
    let [mean, count, rate] = [null, 0, null];
    let last = performance.now();
    while (stream === this.stream) {
      const { width, height, image } = this.#grab();
      const begun = performance.now();
      let drawn;
      try {
        drawn = await this.painter.frame(image, { style: this.cards.chosen.id });
      } catch (error) {
        if (stream !== this.stream) return;
        if (error.code === "cancelled") continue;
        if (!error.code) console.error(error);
        this.stop();
        this.#fail(`error.${error.code}` in TEXTS[language()] ? `error.${error.code}` : "error.unknown");
        return;
      }
      if (stream !== this.stream) return;
      this.#put(drawn);
      const now = performance.now();
      mean = mean === null || count < 2 ? now - begun : MEMORY * mean + (1 - MEMORY) * (now - begun);
      rate = rate === null ? 1000 / (now - last) : MEMORY * rate + (1 - MEMORY) * (1000 / (now - last));
      last = now;
      if (++count % 5 === 1) this.#say("live.rate", rate.toFixed(rate < 10 ? 1 : 0), width, height);
      if (count > PATIENCE && !this.recorder.isOn && this.#resize(mean)) [mean, count] = [null, 0];
      await nextPicture();
    }
  }

  /** Choose a larger picture where there is time for it, a smaller one where there is not; true if it changed. */
  #resize(mean) {
    const growth = (SIZES[this.size + 1] / SIZES[this.size]) ** 2;
    const before = this.size;
    if (mean > SLOW && this.size > 0) this.size -= 1;
    else if (mean * growth < SLOW && mean < QUICK && this.size < SIZES.length - 1) this.size += 1;
    return this.size !== before;
  }

  /** Take the camera's picture: at the size to show, and at the size to draw. */
  #grab() {
    const { videoWidth, videoHeight } = this.video;
    const shown = Math.min(1, SHOWN / Math.max(videoWidth, videoHeight));
    copy(this.video, this.before, Math.round(videoWidth * shown), Math.round(videoHeight * shown), $("mirror").checked);
    const scale = SIZES[this.size] / Math.sqrt(videoWidth * videoHeight);
    const [width, height] = [videoWidth, videoHeight].map(side => Math.max(STEP, Math.round((side * scale) / STEP) * STEP));
    const context = copy(this.before, this.small, width, height, false, true);
    return { width, height, image: context.getImageData(0, 0, width, height) };
  }

  #put(drawn) {
    const picture = drawn instanceof ImageData ? drawn : canvasOf(drawn).getContext("2d").getImageData(0, 0, drawn.width, drawn.height);
    if (this.after.width !== picture.width || this.after.height !== picture.height) Object.assign(this.after, { width: picture.width, height: picture.height });
    this.after.getContext("2d").putImageData(picture, 0, 0);
    document.body.classList.add("live");
    this.shoot.isDrawn = true;
  }

  /** The camera's picture at its full size, as it is seen here, goes to the other tab. */
  async #snapshot() {
    this.slider.leave();
    const canvas = document.createElement("canvas");
    copy(this.video, canvas, this.video.videoWidth, this.video.videoHeight, $("mirror").checked);
    const picture = await new Promise(done => canvas.toBlob(done, "image/png"));
    if (picture) this.onSnapshot(picture);
    else this.#fail("error.out-of-memory");
  }

  /** Record what is drawn, or end the recording. */
  #record() {
    if (this.recorder.isOn) this.recorder.stop();
    else this.recorder.start(this.after);
  }

  /** Offer what was recorded as a file. */
  #offer(film, seconds) {
    if (this.film) URL.revokeObjectURL(this.film);
    this.film = URL.createObjectURL(film);
    const name = nameFor({ name: say("live.snapshot.name") }, { style: this.cards.chosen.id, part: "all" }, "clip", film);
    Object.assign($("recording"), { href: this.film, download: name, hidden: false });
    $("recording-size").textContent = `${clock(seconds)} · ${megabytes(film.size)} MB`;
  }

  async #turn() {
    this.facing = this.facing === "user" ? "environment" : "user";
    this.stop();
    await this.start();
  }

  /** The camera went away by itself. */
  #lost() {
    this.stop();
    this.#fail("camera.none");
  }

  /** Say one line below the picture; null says nothing. */
  #say(key, ...values) {
    this.said = key && [key, ...values];
    $("live-status").textContent = key ? say(key, ...values) : "";
  }

  #fail(key) {
    this.failed = key;
    $("live-failure").hidden = !key;
    if (!key) return;
    this.#say(null);
    $("live-failure").textContent = say(key);
  }
}

/** Copy a picture to a canvas of a size; returns the canvas's context. */
function copy(from, canvas, width, height, mirrored, read = false) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: read });
  context.setTransform(mirrored ? -1 : 1, 0, 0, 1, mirrored ? width : 0, 0);
  context.imageSmoothingQuality = "high";
  context.drawImage(from, 0, 0, width, height);
  context.setTransform(1, 0, 0, 1, 0, 0);
  return context;
}

/** Wait until the page may show another picture. A hidden page waits for long, but the camera is off by then. */
function nextPicture() {
  return new Promise(requestAnimationFrame);
}

/** The key of the sentence for a camera that does not open. */
function sentenceOf(error) {
  const policy = document.permissionsPolicy ?? document.featurePolicy;
  if (!isSecureContext) return "camera.insecure";
  if (error.name === "NotAllowedError" && policy && !policy.allowsFeature("camera")) return "camera.forbidden";
  return { NotAllowedError: "camera.refused", NotFoundError: "camera.none", OverconstrainedError: "camera.none", SecurityError: "camera.refused" }[error.name] ?? "camera.busy";
}
