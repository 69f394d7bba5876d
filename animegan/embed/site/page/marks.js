// The mark of a drawing: the program's name in its file, and nothing else. By it the Python package tells drawings from
// photos: animegan/images/marks.py.
const MARK = "animegan";
const SOFTWARE = 0x0131; // EXIF's tag for the program that wrote a picture
const WITH_EXIF = 0x08, WITH_ALPHA = 0x10; // flags of an extended WebP

const bytes = text => Uint8Array.from(text, letter => letter.charCodeAt(0));
const text = (data, from, length) => String.fromCharCode(...data.subarray(from, from + length));

/**
 * A PNG, JPEG or WebP as browsers write it, with the mark; other files as they are.
 * @param {Blob} blob
 * @returns {Promise<Blob>}
 */
export async function marked(blob) {
  const mark = { "image/png": markPng, "image/jpeg": markJpeg, "image/webp": markWebp }[blob.type];
  if (!mark) return blob;
  const head = new Uint8Array(await blob.slice(0, 64).arrayBuffer());
  return new Blob(mark(head, blob), { type: blob.type });
}

/** A chunk of text behind the header. */
function markPng(head, blob) {
  const place = 8 + 12 + new DataView(head.buffer).getUint32(8);
  const body = bytes(`tEXtSoftware\0${MARK}`);
  return [blob.slice(0, place), number(body.length - 4, 4), body, number(checksum(body), 4), blob.slice(place)];
}

/** EXIF at the beginning, after the header of JFIF. */
function markJpeg(head, blob) {
  const place = head[3] === 0xe0 ? 4 + new DataView(head.buffer).getUint16(4) : 2;
  const body = [bytes("Exif\0\0"), exif()];
  const length = 2 + 6 + exif().length;
  return [blob.slice(0, place), Uint8Array.of(0xff, 0xe1), number(length, 2), ...body, blob.slice(place)];
}

/** A chunk of EXIF at the end, which only an extended WebP may have: a plain one becomes one. */
function markWebp(head, blob) {
  const view = new DataView(head.buffer), kind = text(head, 12, 4);
  const data = exif(), chunk = [bytes("EXIF"), number(data.length, 4, true), data, new Uint8Array(data.length % 2)];
  let extended = [], start = 12;
  if (kind === "VP8X") {
    extended = [head.slice(12, 20), Uint8Array.of(head[20] | WITH_EXIF), head.slice(21, 30)];
    start = 30;
  } else {
    const { width, height, hasAlpha } = kind === "VP8L" ? losslessSize(view) : { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    const flags = WITH_EXIF | (hasAlpha ? WITH_ALPHA : 0);
    extended = [bytes("VP8X"), number(10, 4, true), number(flags, 4, true), number(width - 1, 3, true), number(height - 1, 3, true)];
  }
  const body = [bytes("WEBP"), ...extended, blob.slice(start), ...chunk];
  const size = body.reduce((sum, part) => sum + (part.length ?? part.size), 0);
  return [bytes("RIFF"), number(size, 4, true), ...body];
}

function losslessSize(view) {
  const bits = view.getUint32(21, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1, hasAlpha: Boolean((bits >> 28) & 1) };
}

/** One entry: the name of the program, of big-endian TIFF. */
function exif() {
  const value = bytes(`${MARK}\0`), place = 8 + 2 + 12 + 4;
  const parts = [bytes("MM"), number(42, 2), number(8, 4), number(1, 2), number(SOFTWARE, 2), number(2, 2), number(value.length, 4), number(place, 4), number(0, 4), value];
  return Uint8Array.from(parts.flatMap(part => [...part]));
}

function number(value, length, isLittle = false) {
  const digits = Array.from({ length }, (_, n) => (value >>> (8 * n)) & 0xff);
  return Uint8Array.from(isLittle ? digits : digits.reverse());
}

/** CRC-32, as PNG has it behind each chunk. */
function checksum(data) {
  let sum = 0xffffffff;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
