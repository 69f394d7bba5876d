// Spreads the tones of dull pictures, and brings drawings of them back: animegan/images/tones.py.

import {TONES} from './constants.js';
import {greyAt, newPicture, round} from './pixels.js';

const AS_THEY_ARE = {middle: 0, wanted: 0, gain: 1, spread: picture => picture, back: picture => picture};

// A straight line from tones to tones: what lies between the darkest and the brightest `outside` per cent of a picture
// shall fill `range` levels; the contrast grows by `most` at most. `back` keeps the gain to the power of `kept`.
export function levelsOf({width, height, data}, outside, range, most) {
  const tones = new Uint8Array(((height + 1) >> 1) * ((width + 1) >> 1));
  for (let y = 0, n = 0; y < height; y += 2) for (let x = 0; x < width; x += 2) tones[n++] = greyAt(data, 4 * (y * width + x));
  tones.sort();
  const [low, high] = [percentile(tones, outside), percentile(tones, 100 - outside)];
  const gain = Math.min(Math.max(1, range / Math.max(1, high - low)), most);
  if (gain === 1) return AS_THEY_ARE;
  const half = (gain * (high - low)) / 2 + TONES.EDGE, middle = (low + high) / 2;
  const wanted = Math.min(Math.max(middle, half), 255 - half);
  return {
    middle, wanted, gain,
    spread: picture => moved(picture, middle, wanted, gain),
    back: (picture, kept) => moved(picture, wanted, middle, gain ** (kept - 1)),
  };
}

// Between the two nearest of sorted values, as NumPy's.
export function percentile(sorted, share) {
  const place = (share / 100) * (sorted.length - 1), before = Math.floor(place);
  const next = sorted[Math.min(before + 1, sorted.length - 1)];
  return sorted[before] + (place - before) * (next - sorted[before]);
}

function moved({width, height, data}, middle, wanted, gain) {
  const curve = Uint8ClampedArray.from({length: 256}, (_, level) => round((level - middle) * gain + wanted));
  const result = newPicture(width, height);
  for (let at = 0; at < data.length; at++) if (at % 4 < 3) result.data[at] = curve[data[at]];
  return result;
}
