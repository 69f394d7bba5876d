// The ways in which a photo comes to the page: chosen, dropped, pasted, or one of the examples.
import { own, say } from "./texts.js";

const $ = id => document.getElementById(id);

export class Intake {
  /**
   * @param {(blob: Blob, name: string) => void} onFile called with each file
   * @param {(code: string) => void} onFail called when what came is no file
   */
  constructor(onFile, onFail) {
    Object.assign(this, { onFile, onFail });
    this.photos = [];
    $("photo").addEventListener("change", event => {
      const [file] = event.target.files;
      if (file) onFile(file, file.name);
      event.target.value = ""; // so that the same file can be chosen again
    });
    document.addEventListener("paste", event => {
      const file = fileOf(event.clipboardData);
      if (file) onFile(file, file.name);
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
      const file = fileOf(event.dataTransfer);
      if (file) this.onFile(file, file.name);
      else this.onFail("not-a-photo");
    });
  }

  async #fetched(file) {
    try {
      const answer = await fetch(file);
      if (!answer.ok) throw new Error(answer.status);
      this.onFile(await answer.blob(), file.split("/").at(-1));
    } catch {
      this.onFail("no-example");
    }
  }
}

/** The first file of a drop or a paste that may be a photo, else the first file, else null. */
function fileOf(transfer) {
  const files = [...(transfer?.files ?? [])];
  return files.find(file => file.type.startsWith("image/")) ?? files[0] ?? null;
}
