// The ways in which a photo or a clip comes to the page: chosen, dropped, pasted, or one of the examples.
import { isClip } from "./clips.js";
import { own, say } from "./texts.js";

const $ = id => document.getElementById(id);

export class Intake {
  /**
   * @param {(files: File[]) => void} onFiles called with what a person brings at once
   * @param {(code: string) => void} onFail called when what came is no file
   */
  constructor(onFiles, onFail) {
    Object.assign(this, { onFiles, onFail });
    this.photos = [];
    $("photo").addEventListener("change", event => {
      const files = [...event.target.files];
      if (files.length) onFiles(files);
      event.target.value = ""; // so that the same file can be chosen again
    });
    document.addEventListener("paste", event => {
      const files = filesOf(event.clipboardData);
      if (files.length) onFiles(files);
    });
    this.#drops();
  }

  /** Show small examples; a click brings the photo itself. */
  examples(photos) {
    this.photos = photos;
    $("examples").hidden = !photos.length;
    $("examples").querySelector("ul").replaceChildren(...photos.map(({ file, small }) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.append(Object.assign(new Image(), { src: small ?? file, alt: "", loading: "lazy", draggable: false }));
      button.addEventListener("click", () => this.#fetched(file));
      const entry = document.createElement("li");
      entry.append(button);
      return entry;
    }));
    this.write();
  }

  /** Write the texts in the page's language. */
  write() {
    $("examples").querySelectorAll("button").forEach((button, n) => {
      button.title = own(this.photos[n].title);
      button.setAttribute("aria-label", say("example", button.title || say("example.unnamed", n + 1)));
    });
  }

  #drops() {
    let depth = 0; // enter and leave also come from the parts of the page
    const dropping = on => document.body.classList.toggle("dropping", on);
    addEventListener("dragenter", () => dropping(++depth > 0));
    addEventListener("dragleave", () => dropping(--depth > 0));
    addEventListener("dragover", event => event.preventDefault());
    addEventListener("drop", event => {
      event.preventDefault();
      depth = 0;
      dropping(false);
      const files = filesOf(event.dataTransfer);
      if (files.length) this.onFiles(files);
      else this.onFail("not-a-photo");
    });
  }

  async #fetched(file) {
    try {
      const answer = await fetch(file);
      if (!answer.ok) throw new Error(answer.status);
      const photo = await answer.blob();
      this.onFiles([new File([photo], file.split("/").at(-1), { type: photo.type })]);
    } catch {
      this.onFail("no-example");
    }
  }
}

/** The files of a drop or a paste that may be photos or clips, else the first file. */
function filesOf(transfer) {
  const files = [...(transfer?.files ?? [])], fitting = files.filter(file => file.type.startsWith("image/") || isClip(file));
  return fitting.length ? fitting : files.slice(0, 1);
}
