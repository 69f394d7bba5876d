// The drawing as a file: a link to it, the kinds of file, the device's own way to share it, and the clipboard.
import { encodeAs, megabytes, nameFor, sizeOf } from "./photos.js";
import { say } from "./texts.js";

const SAID = 4000; // milliseconds for which the page says that something is copied
const $ = id => document.getElementById(id);

export class Download {
  /** @param {(code: string | null) => void} onFail called when a file could not be written; with null when the next is offered */
  constructor(onFail) {
    this.onFail = onFail;
    this.link = $("download");
    this.shown = null; // [drawing, photo]
    this.file = null; // {blob, name, url}
    this.link.addEventListener("click", event => { if (!this.file) event.preventDefault(); });
    $("kinds").addEventListener("change", () => this.offer(...(this.shown ?? [])));
    $("share").addEventListener("click", () => this.#share());
    $("copy").addEventListener("click", () => this.#copy());
    this.offer();
  }

  /** Offer a drawing, as the kind of file that is chosen, or nothing. Gives false if there is no file. */
  async offer(drawing, photo) {
    this.shown = drawing ? [drawing, photo] : null;
    const asked = (this.asked = Symbol());
    this.#withdraw();
    const [isRepaired, kinds] = [Boolean(drawing?.repaired), document.querySelectorAll("[name=kind]")];
    $("kind-repaired").hidden = !isRepaired;
    if (drawing && !isRepaired && kinds[kinds.length - 1].checked) kinds[0].checked = true;
    $("copy").hidden = !drawing || !navigator.clipboard?.write || !window.ClipboardItem;
    if (!drawing) return (this.isFailed = false);
    const kind = document.querySelector("[name=kind]:checked").value;
    if (kind !== "png") $("download-size").textContent = say("status.writing");
    try {
      const blob = kind === "png" ? drawing.blob : await encodeAs(drawing, kind, photo.picture);
      if (asked !== this.asked) return false;
      this.#present(blob, nameFor(photo, drawing, kind, blob), sizeOf(drawing, kind));
    } catch (error) {
      if (asked !== this.asked) return false;
      this.isFailed = true;
      this.onFail(error.code ?? "unknown");
      return false;
    }
    if (this.isFailed) this.onFail(null);
    this.isFailed = false;
    return true;
  }

  /** Offer a file that is finished, such as a clip: `offerFile(blob, name, {width, height})`. */
  offerFile(blob, name, size) {
    this.offer();
    this.#present(blob, name, size);
  }

  #present(blob, name, { width, height }) {
    this.file = { blob, name, url: URL.createObjectURL(blob) };
    this.link.href = this.file.url;
    this.link.download = name;
    this.link.removeAttribute("aria-disabled");
    $("download-size").textContent = `${width} × ${height} · ${megabytes(blob.size)} MB`;
    $("share").hidden = !navigator.canShare?.({ files: [this.#asFile()] });
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

  /** Copy the drawing itself, whatever kind of file is chosen: clipboards know PNG only. */
  async #copy() {
    const [drawing] = this.shown;
    try {
      await navigator.clipboard.write([new ClipboardItem({ "image/png": drawing.blob })]);
      $("copied").textContent = say("copied");
    } catch {
      $("copied").textContent = say("not-copied");
    }
    setTimeout(() => { $("copied").textContent = ""; }, SAID);
  }
}
