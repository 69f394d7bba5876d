// Records the drawn camera as a film without sound.
const KINDS = ["video/mp4;codecs=avc1.42E01F", "video/mp4", "video/webm;codecs=vp9", "video/webm"];
const BITS = 4e6; // a second
const MOST = 300; // seconds: the browser holds the whole film
const TICK = 250; // milliseconds

/** The first kind of film that this browser writes, if there is one. */
const kindOf = () => KINDS.find(kind => window.MediaRecorder?.isTypeSupported(kind));

export const canRecord = () => Boolean(HTMLCanvasElement.prototype.captureStream && kindOf());

export class Recorder {
  /**
   * @param {(seconds: number | null) => void} onTick how long it has been recording; null: not any more
   * @param {(film: Blob, seconds: number) => void} onFilm called with what was recorded
   */
  constructor(onTick, onFilm) {
    Object.assign(this, { onTick, onFilm });
    this.recorder = null;
  }

  get isOn() {
    return Boolean(this.recorder);
  }

  /** Record a canvas until `stop`; its size must stay as it is. */
  start(canvas) {
    const type = kindOf(), stream = canvas.captureStream(), began = performance.now(), parts = [];
    const seconds = () => (performance.now() - began) / 1000;
    this.recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: BITS });
    this.recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
    this.recorder.addEventListener("stop", () => {
      clearInterval(clock);
      for (const track of stream.getTracks()) track.stop();
      this.recorder = null;
      this.onTick(null);
      const film = new Blob(parts, { type });
      if (film.size) this.onFilm(film, seconds());
    });
    this.recorder.start();
    const clock = setInterval(() => (seconds() < MOST ? this.onTick(seconds()) : this.stop()), TICK);
    this.onTick(0);
  }

  stop() {
    if (this.recorder?.state === "recording") this.recorder.stop();
  }
}
