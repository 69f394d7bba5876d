// Draws clips: the browser's own codecs read and write the pictures, mediabunny the file, in which the sound is copied.

import {isTrue} from './device.js';
import {EngineError, named} from './errors.js';

const MARK = {comment: 'animegan'}; // in the file: by it the Python package tells drawings from other clips

// Draws a clip as an MP4 file, each picture by `draw(imageData)`, with a long side of `side` pixels at most. It fails if it
// lasts longer than `seconds`. `load()` gives mediabunny. `onFrame({done, frames, photo, drawing})` is awaited after each,
// and may throw to stop.
export async function drawClip(blob, load, {side, seconds, draw, onFrame}) {
  if (typeof VideoDecoder !== 'function' || typeof VideoEncoder !== 'function') throw new EngineError('no-codecs');
  if (!isTrue(new OffscreenCanvas(1, 1))) throw new EngineError('false-canvas');
  const library = await load();
  const {Input, BlobSource, Output, Mp4OutputFormat, BufferTarget, Conversion} = library;
  const input = new Input({source: new BlobSource(blob), formats: formatsOf(library)});
  try {
    const track = await opened(input, seconds);
    const frames = (await track.computePacketStats()).packetCount;
    const [width, height] = await sizeOf(track, side);
    const output = new Output({format: new Mp4OutputFormat(), target: new BufferTarget()});
    output._muxer.creationTime = 0; // no date in the file
    const process = eachFrame(width, height, frames, draw, onFrame);
    const video = {width, height, fit: 'fill', process};
    const conversion = await Conversion.init({input, output, video, tracks: 'primary', tags: MARK, showWarnings: false});
    const lost = conversion.discardedTracks.map(each => each.track.type);
    if (lost.includes('video')) throw new EngineError('no-codecs', 'this browser writes no kind of picture');
    await conversion.execute();
    const file = new Blob([output.target.buffer], {type: 'video/mp4'});
    return {blob: file, width, height, isSilent: lost.includes('audio')};
  } catch (error) {
    throw named(error, 'bad-clip');
  } finally {
    input.dispose();
  }
}

// Files of telephones, cameras and browsers; none that names other files.
const formatsOf = ({MP4, QTFF, MATROSKA, WEBM}) => [MP4, QTFF, MATROSKA, WEBM];

// The clip's pictures.
async function opened(input, seconds) {
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new EngineError('bad-clip', 'there are no pictures in it');
  if (!(await track.canDecode())) throw new EngineError('no-decoder', `the browser does not read ${track.codec}`);
  if ((await track.computeDuration()) - (await track.getFirstTimestamp()) > seconds) throw new EngineError('long-clip');
  return track;
}

// The width and height at which a clip is drawn, upright: even, as codecs want it, and never larger than it is.
async function sizeOf(track, side) {
  const sides = [await track.getDisplayWidth(), await track.getDisplayHeight()];
  const scale = Math.min(1, side / Math.max(...sides));
  return sides.map(length => Math.max(2, 2 * Math.round((length * scale) / 2)));
}

// What mediabunny calls with each picture, upright and of this size: gives the drawing.
function eachFrame(width, height, frames, draw, onFrame) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', {willReadFrequently: true});
  if (!context) throw new EngineError('out-of-memory', 'the browser gives no canvas of this size');
  let done = 0;
  return async sample => {
    sample.draw(context, 0, 0, width, height);
    const photo = context.getImageData(0, 0, width, height), drawing = await draw(photo);
    context.putImageData(drawing, 0, 0);
    done++;
    await onFrame({done, frames: Math.max(done, frames), photo, drawing});
    return canvas;
  };
}
