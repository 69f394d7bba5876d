// The tones of a dull or dark face, spread before it is drawn: networks that draw nothing but faces know well-lit ones.
// The numbers are those of animegan/face_painting.py and animegan/levels.py, where each has its reason.

import {greyAt, newPicture, round} from './pixels.js';

const FULL_RANGE = 180, MOST_GAIN = 2.5, EDGE_LEVEL = 12, KEPT_GAIN = 0.3;

export const AS_THEY_ARE = {spread: picture => picture, back: picture => picture};

// How to spread the tones of a face on its canvas, and how to bring its drawing back to the light of the photo.
export function levelsOf({width, height, data}) {
  const edge = Math.floor(height / 5), tones = [];
  for (let y = edge; y < height - edge; y += 2) {
    for (let x = edge; x < width - edge; x += 2) tones.push(greyAt(data, 4 * (y * width + x)));
  }
  tones.sort((one, other) => one - other);
  const [low, high] = [percentile(tones, 0.02), percentile(tones, 0.98)];
  const gain = Math.min(Math.max(1, FULL_RANGE / Math.max(1, high - low)), MOST_GAIN);
  if (gain === 1) return AS_THEY_ARE;
  const half = Math.min(gain * (high - low), FULL_RANGE) / 2 + EDGE_LEVEL, middle = (low + high) / 2;
  const wanted = Math.min(Math.max(middle, half), 255 - half);
  return {
    spread: picture => moved(picture, middle, wanted, gain),
    back: picture => moved(picture, wanted, middle, gain ** (KEPT_GAIN - 1)),
  };
}

// Between the two nearest of sorted values, as NumPy's.
function percentile(sorted, share) {
  const place = share * (sorted.length - 1), before = Math.floor(place);
  const next = sorted[Math.min(before + 1, sorted.length - 1)];
  return sorted[before] + (place - before) * (next - sorted[before]);
}

function moved({width, height, data}, middle, wanted, gain) {
  const curve = Uint8ClampedArray.from({length: 256}, (_, level) => round((level - middle) * gain + wanted));
  const result = newPicture(width, height);
  for (let at = 0; at < data.length; at++) if (at % 4 < 3) result.data[at] = curve[data[at]];
  return result;
}
