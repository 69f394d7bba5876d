// Reading photos that a person brings, and writing drawings as files.
const SMALLEST = 16; // pixels a side
const GAP = 2; // pixels between photo and drawing, side by side
const QUALITY = 0.95; // of JPEG and WebP

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
 * Write a drawing as a file; a browser that cannot write WebP gives PNG.
 * Throws `PhotoError`: there is no memory for it.
 * @param {HTMLCanvasElement} canvas
 * @param {"png" | "jpeg" | "webp"} kind
 * @returns {Promise<Blob>}
 */
export async function encode(canvas, kind) {
  const blob = await new Promise(done => canvas.toBlob(done, `image/${kind}`, QUALITY));
  if (!blob) throw new PhotoError("out-of-memory");
  return blob;
}

/**
 * Write a finished drawing, alone or to the right of its photo, as another kind of file.
 * @param {{picture: HTMLImageElement, width: number, height: number}} drawing
 * @param {"png" | "jpeg" | "webp" | "pair"} kind
 * @param {HTMLImageElement} photo
 * @returns {Promise<Blob>}
 */
export async function encodeAs({ picture, width, height }, kind, photo) {
  const left = kind === "pair" ? width + GAP : 0;
  const canvas = Object.assign(document.createElement("canvas"), { width: left + width, height });
  const context = canvas.getContext("2d");
  if (!context) throw new PhotoError("out-of-memory");
  if (left) {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, height);
    context.drawImage(photo, 0, 0, width, height);
  }
  context.drawImage(picture, left, 0, width, height);
  const blob = await encode(canvas, kind === "pair" ? "png" : kind);
  canvas.width = canvas.height = 0; // some browsers keep a canvas's memory for long
  return blob;
}

/** A name for a drawing's file, from the photo's: `eileen.jpg` gives `eileen-anime.png`. */
export function nameFor(photo, style, kind, blob) {
  const stem = photo.name.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}._-]+/gu, "-") || "photo";
  const end = kind === "pair" ? "-side-by-side" : "";
  const suffix = { "image/webp": "webp", "image/jpeg": "jpg" }[blob.type] ?? "png";
  return `${stem}-${style}${end}.${suffix}`;
}

/** "1.9 MB" from a number of bytes. */
export const megabytes = bytes => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
