// Reads HEIC photos where the browser does not: libheif, which comes when the first of them does.

import {EngineError, named} from './errors.js';

const BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'];
const MOST_PIXELS = 200e6;

// Whether a file says that it is HEIC.
export async function isHeic(blob) {
  const head = new TextDecoder('latin1').decode(await blob.slice(4, 12).arrayBuffer());
  return head.startsWith('ftyp') && BRANDS.includes(head.slice(4));
}

// The photo as a PNG, upright as the file's own turns say, so its EXIF must not turn it again: the PNG has none.
export async function pngOf(blob, createLibrary) {
  const images = new (createLibrary().HeifDecoder)().decode(new Uint8Array(await blob.arrayBuffer()));
  const image = images.find(each => each.is_primary()) ?? images[0];
  if (!image) throw new EngineError('bad-photo', 'there is no picture in it');
  const [width, height] = [image.get_width(), image.get_height()];
  if (width * height > MOST_PIXELS) throw new EngineError('too-large');
  try {
    const pixels = new ImageData(width, height);
    if (!(await new Promise(done => image.display(pixels, done)))) throw new EngineError('bad-photo');
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d').putImageData(pixels, 0, 0);
    return await canvas.convertToBlob();
  } catch (error) {
    throw named(error, 'bad-photo');
  } finally {
    for (const each of images) each.free();
  }
}
