// Writes a zip whose files are stored as they are: pictures are compressed already.

const KNOWS_UTF8 = 0x0800; // flag of an entry: its name is UTF-8
const DAY = 0x21; // 1 January 1980, where a zip's days begin: when a drawing was made is nobody's business
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

/**
 * @param {{name: string, blob: Blob}[]} files of less than 4 GB together; equal names get a number
 * @returns {Promise<Blob>}
 */
async function zipOf(files) {
  const names = new Set(), parts = [], directory = [];
  let place = 0;
  for (const { name, blob } of files) {
    const bytes = new TextEncoder().encode(unused(name, names));
    const sum = checksum(new Uint8Array(await blob.arrayBuffer()));
    const about = [[20, 2], [KNOWS_UTF8, 2], [0, 2], [0, 2], [DAY, 2], [sum, 4], [blob.size, 4], [blob.size, 4], [bytes.length, 2], [0, 2]];
    const head = fields([[0x04034b50, 4], ...about]);
    directory.push(fields([[0x02014b50, 4], [20, 2], ...about, [0, 2], [0, 2], [0, 2], [0, 4], [place, 4]]), bytes);
    parts.push(head, bytes, blob);
    place += head.length + bytes.length + blob.size;
  }
  const size = directory.reduce((all, part) => all + part.length, 0);
  const end = fields([[0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [size, 4], [place, 4], [0, 2]]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** The name, or with a number before its suffix where it is taken. */
function unused(name, names) {
  const [, stem, suffix] = name.match(/^(.*?)(\.[^.]*)?$/);
  let free = name;
  for (let n = 2; names.has(free); n++) free = `${stem}-${n}${suffix ?? ""}`;
  names.add(free);
  return free;
}

/** Numbers of so many bytes each, the lowest first. */
function fields(numbers) {
  return Uint8Array.from(numbers.flatMap(([value, length]) => Array.from({ length }, (_, n) => (value >>> (8 * n)) & 0xff)));
}

/** CRC-32. */
function checksum(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = TABLE[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
