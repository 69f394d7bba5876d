// Reads photos.

import {isTrue} from './device.js';
import {EngineError, named} from './errors.js';
import {resize} from './pixels.js';
import {giveAlpha, takeAlpha} from './transparency.js';

// A photo's pixels, upright, with their alpha. Blobs are decoded at the size that is asked for.
export async function decoded(source, width, height) {
  if (source instanceof ImageData) {
    const alpha = takeAlpha(source);
    return giveAlpha(resize(source, width, height), alpha);
  }
  let bitmap = source;
  try {
    if (source instanceof Blob) bitmap = await createImageBitmap(source, {imageOrientation: 'from-image'});
  } catch (error) {
    throw named(error, 'bad-photo');
  }
  if (!isTrue(new OffscreenCanvas(1, 1))) throw new EngineError('false-canvas');
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', {willReadFrequently: true});
  if (!context) throw new EngineError('out-of-memory', 'the browser gives no canvas of this size');
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const pixels = context.getImageData(0, 0, width, height);
  canvas.width = canvas.height = 1; // frees its memory at once
  return pixels;
}
