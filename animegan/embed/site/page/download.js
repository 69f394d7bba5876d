// The drawing as a file: a link to it, the kinds of file, and the device's own way to share it.
import { encodeAs, megabytes, nameFor } from "./photos.js";
import { say } from "./texts.js";

const $ = id => document.getElementById(id);

export class Download {
  /** @param {(code: string) => void} onFail called when the file could not be written */
  constructor(onFail) {
    this.onFail = onFail;
    this.link = $("download");
    this.shown = null; // [drawing, photo]
    this.file = null; // {blob, name, url}
    this.link.addEventListener("click", event => { if (!this.file) event.preventDefault(); });
    $("kinds").addEventListener("change", () => this.offer(...(this.shown ?? [])));
    $("share").addEventListener("click", () => this.#share());
    this.offer();
  }

  /** Offer a drawing, as the kind of file that is chosen, or nothing. Gives false if there is no file. */
  async offer(drawing, photo) {
    this.shown = drawing ? [drawing, photo] : null;
    const asked = (this.asked = Symbol());
    this.#withdraw();
    if (!drawing) return false;
    const kind = document.querySelector("[name=kind]:checked").value;
    if (kind !== "png") $("download-size").textContent = say("status.writing");
    try {
      const blob = kind === "png" ? drawing.blob : await encodeAs(drawing, kind, photo.picture);
      if (asked !== this.asked) return false;
      this.file = { blob, name: nameFor(photo, drawing.style, kind, blob), url: URL.createObjectURL(blob) };
    } catch (error) {
      this.onFail(error.code ?? "unknown");
      return false;
    }
    this.link.href = this.file.url;
    this.link.download = this.file.name;
    this.link.removeAttribute("aria-disabled");
    $("download-size").textContent = `${drawing.width} × ${drawing.height} · ${megabytes(this.file.blob.size)} MB`;
    $("share").hidden = !navigator.canShare?.({ files: [this.#asFile()] });
    return true;
  }

  #withdraw() {
    if (this.file) URL.revokeObjectURL(this.file.url);
    this.file = null;
    for (const name of ["href", "download"]) this.link.removeAttribute(name);
    this.link.setAttribute("aria-disabled", "true");
    $("download-size").textContent = "";
    $("share").hidden = true;
  }

  #asFile() {
    return new File([this.file.blob], this.file.name, { type: this.file.blob.type });
  }

  async #share() {
    await navigator.share({ files: [this.#asFile()] }).catch(() => {}); // whoever closes the list of places wants none
  }
}
