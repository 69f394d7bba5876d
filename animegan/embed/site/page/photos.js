// Reading photos that a person brings, and writing drawings as files.
import { isPhone } from "../engine/device.js";
import { marked } from "./marks.js";

const SMALLEST = 16; // pixels a side
const GAP = 2; // pixels between photo and drawing, side by side
const QUALITY = 0.95; // of JPEG and WebP
const SUFFIXES = { "image/webp": "webp", "image/jpeg": "jpg", "video/mp4": "mp4", "video/webm": "webm" };
const PHONE_CANVAS = 4096 * 4096; // pixels: what iOS has for one canvas

export class PhotoError extends Error {
  /** @param {string} code `bad-photo`, `too-small` or `out-of-memory` */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * Read a photo, upright as its EXIF says.
 * Throws `PhotoError`: the browser cannot read it, or it is too small.
 * @param {Blob} blob
 * @param {string} name the file's name
 * @returns {Promise<{blob: Blob, name: string, url: string, picture: HTMLImageElement, width: number, height: number}>}
 */
export async function open(blob, name) {
  const url = URL.createObjectURL(blob);
  try {
    const picture = await load(url);
    const [width, height] = [picture.naturalWidth, picture.naturalHeight];
    if (!width || !height) throw new PhotoError("bad-photo");
    if (Math.min(width, height) < SMALLEST) throw new PhotoError("too-small");
    return { blob, name, url, picture, width, height };
  } catch (error) {
    URL.revokeObjectURL(url);
    throw error instanceof PhotoError ? error : new PhotoError("bad-photo");
  }
}

/**
 * A part of a photo as a photo of its own, without loss. A telephone's canvas holds so many pixels that a larger part is
 * made smaller.
 * Throws `PhotoError`: there is no memory for it.
 * @param {{x: number, y: number, width: number, height: number}} part in pixels of the photo
 */
export async function cut({ name, picture }, { x, y, width, height }) {
  const scale = Math.min(1, Math.sqrt((isPhone() ? PHONE_CANVAS : Infinity) / (width * height)));
  const canvas = Object.assign(document.createElement("canvas"), { width: Math.floor(width * scale), height: Math.floor(height * scale) });
  const context = canvas.getContext("2d");
  if (!context) throw new PhotoError("out-of-memory");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, x, y, width, height, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise(done => canvas.toBlob(done, "image/png"));
  if (!blob) throw new PhotoError("out-of-memory");
  return open(blob, name);
}

/** An image element that is decoded, ready to be shown. */
export async function load(url) {
  const picture = new Image();
  picture.src = url;
  picture.draggable = false;
  picture.alt = "";
  await picture.decode();
  return picture;
}

/** A canvas that shows an ImageData or an ImageBitmap. */
export function canvasOf(image) {
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  const context = canvas.getContext("2d");
  if (!context) throw new PhotoError("out-of-memory");
  if (image instanceof ImageData) context.putImageData(image, 0, 0);
  else context.drawImage(image, 0, 0);
  return canvas;
}

/**
 * Write a drawing as a file with our mark; a browser that cannot write WebP gives PNG.
 * Throws `PhotoError`: there is no memory for it.
 * @param {HTMLCanvasElement} canvas
 * @param {"png" | "jpeg" | "webp"} kind
 * @returns {Promise<Blob>}
 */
export async function encode(canvas, kind) {
  const blob = await new Promise(done => canvas.toBlob(done, `image/${kind}`, QUALITY));
  if (!blob) throw new PhotoError("out-of-memory");
  return marked(blob);
}

/**
 * The size of a file: of the drawing, or of photo and drawing side by side. A telephone's canvas holds so many pixels that
 * both of a large photo are made smaller.
 * @returns {{width: number, height: number, side: number}} `side`: the width of each of the two
 */
export function sizeOf({ width, height }, kind) {
  if (kind !== "pair") return { width, height, side: width };
  const most = isPhone() ? PHONE_CANVAS : Infinity;
  const scale = Math.min(1, Math.sqrt(most / ((2 * width + GAP) * height)));
  const side = Math.floor(width * scale);
  return { width: 2 * side + GAP, height: Math.floor(height * scale), side };
}

/**
 * Write a finished drawing, alone or to the right of its photo, as another kind of file.
 * @param {{picture: HTMLImageElement, width: number, height: number, repaired: ImageData | null}} drawing
 * @param {"png" | "jpeg" | "webp" | "pair" | "repaired"} kind the last: its repaired photo instead, at the same size
 * @param {HTMLImageElement} photo
 * @returns {Promise<Blob>}
 */
export async function encodeAs(drawing, kind, photo) {
  const { width, height, side } = sizeOf(drawing, kind);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  if (!context) throw new PhotoError("out-of-memory");
  context.imageSmoothingQuality = "high";
  if (kind === "pair" || kind === "jpeg") { // neither is transparent
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
  }
  if (kind === "pair") {
    context.drawImage(photo, 0, 0, side, height);
  }
  const picture = kind === "repaired" ? canvasOf(drawing.repaired) : drawing.picture;
  context.drawImage(picture, width - side, 0, side, height);
  try {
    return await encode(canvas, ["pair", "repaired"].includes(kind) ? "png" : kind);
  } finally {
    canvas.width = canvas.height = 0; // some browsers keep a canvas's memory for long
  }
}

/** A name for a drawing's file, from the photo's or the clip's: `eileen.jpg` gives `eileen-anime.png`. */
export function nameFor(photo, { style, part }, kind, blob) {
  const stem = photo.name.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}._-]+/gu, "-") || "photo";
  const suffix = SUFFIXES[blob.type.split(";")[0]] ?? "png";
  if (kind === "repaired") return `${stem}-repaired.${suffix}`;
  const end = `${part === "all" ? "" : `-${part}`}${kind === "pair" ? "-side-by-side" : ""}`;
  return `${stem}-${style}${end}.${suffix}`;
}

/** "1.9" from a number of bytes; those of a part are written as exactly as all. */
export const megabytes = (bytes, all = bytes) => (bytes / 1e6).toFixed(all < 1e7 ? 1 : 0);
