// Measures of a grey picture, {width, height, data}, with levels of 0 to 255: animegan/repair/measures.py.

import {MEASURES, REPAIR} from './constants.js';
import {toLab} from './lab.js';
import {channel, gaussianBlur, mirrored, newPicture, round} from './pixels.js';
import {percentile} from './tones.js';

const {BAND_SCALES, BAND_WEIGHTS, NOISE_WEIGHT, NO_BAND, REPEATED, LEAST_STRUCTURE, BLOCK_STEPS} = MEASURES;
const {NOISE_SHARE, NOISE_SCALE, CALM, VIVID, FINE_NOISE, COARSE_NOISE, LEAST_ENERGY, CLIPPED_BLACK, CLIPPED_WHITE} = MEASURES;
const {FLAT, BRIGHT, MOST_SEEN, MOST_STEP, ALIKE, PERIOD, LEAST_PERIOD} = MEASURES;

const blurred = ({width, height, data}, sigma) => ({width, height, data: gaussianBlur(data, width, height, sigma)});

// A share, 0 to 1, of the values lies below it. Whole levels may be of any number.
export const quantile = (values, share) => percentile(Float32Array.from(values).sort(), 100 * share);
export function levelAt(levels, share) {
  const counts = new Uint32Array(256), sorted = new Uint8Array(levels.length);
  for (let at = 0; at < levels.length; at++) counts[levels[at]]++;
  for (let level = 0, at = 0; level < counts.length; at += counts[level++]) sorted.fill(level, at, at + counts[level]);
  return percentile(sorted, 100 * share);
}

const mean = values => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
};

const largest = values => values.reduce((most, value) => Math.max(most, value), -Infinity);

// Variance of the Laplacian, less what the noise adds.
export function laplacianVariance(grey) {
  const response = filtered(grey, [0, 1, 0, 1, -4, 1, 0, 1, 0]), middle = mean(response);
  const squares = response.map(value => value * value);
  const share = NOISE_SHARE * quantile(visibleBlockMeans(squares, grey), CALM);
  return Math.max(0, mean(squares) - middle ** 2 - share);
}

// The noise's σ, read in the calmest tenth of the visible blocks.
export function noiseSigma(grey) {
  const response = filtered(grey, [1, -2, 1, -2, 4, -2, 1, -2, 1]).map(Math.abs);
  return ((NOISE_SCALE * Math.sqrt(Math.PI / 2)) / 6) * quantile(visibleBlockMeans(response, grey), CALM);
}

// Energies of the octaves at 1–2 and at 2–4 px.
export function octaves(grey) {
  const [first, second, third] = [1, 2, 4].map(sigma => blurred(grey, sigma).data);
  return [energy(first, second), energy(second, third)];
}

// The energy of the first of them over that of the second, less the noise; 1 where there is nothing to see.
export const octaveRatio = ([fine, coarse], noise) =>
  isPlain(coarse, noise) ? 1 : Math.max(0, fine - FINE_NOISE * noise ** 2) / (coarse - COARSE_NOISE * noise ** 2);

const isPlain = (coarse, noise) => coarse - COARSE_NOISE * noise ** 2 < LEAST_STRUCTURE;

function energy(one, other) {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += (one[at] - other[at]) ** 2;
  return sum / one.length;
}

// Logarithms of the ratios of the energies in neighbouring bands, the finest first.
export function bandRatios(grey) {
  let base = grey, current = grey, done = 0, step = 1; // a picture blurred by σ `done` and downscaled `step` times
  const energies = [];
  for (const sigma of BAND_SCALES) {
    const finer = current;
    current = blurred(base, Math.sqrt(sigma ** 2 - done ** 2) / step);
    if (sigma !== BAND_SCALES[0]) {
      const side = Math.max(1, Math.min(Math.floor(MEASURES.BAND_BLOCK / step), current.width, current.height));
      const {data} = current, band = finer.data.map((value, at) => (value - data[at]) ** 2);
      const means = blockMeans({...current, data: band}, side);
      energies.push(Math.max(0, quantile(means, VIVID) - quantile(means, CALM)) + LEAST_ENERGY);
    }
    if (sigma >= MEASURES.HALVED_AT * step && Math.min(current.width, current.height) >= MEASURES.BAND_BLOCK) {
      current = base = everySecond(current);
      [done, step] = [sigma, 2 * step];
    }
  }
  return energies.slice(1).map((value, n) => Math.log(energies[n]) - Math.log(value));
}

function everySecond({width, height, data}) {
  const half = {width: (width + 1) >> 1, height: (height + 1) >> 1};
  const every = new Float32Array(half.width * half.height);
  for (let y = 0, to = 0; y < height; y += 2) for (let x = 0; x < width; x += 2) every[to++] = data[y * width + x];
  return {...half, data: every};
}

// How many times the size could be halved before detail is lost.
export const lostOctaves = (ratios, noise) =>
  ratios.reduce((sum, ratio, n) => sum + ratio * BAND_WEIGHTS[n], NOISE_WEIGHT * Math.log(noise + 0.5) + NO_BAND);

// Brightness of the darkest and the brightest hundredth of a picture, and the tint that both share.
export function fading(picture) {
  const {width, height} = picture, soft = newPicture(width, height);
  for (let c = 0; c < 3; c++) {
    gaussianBlur(channel(picture, c), width, height, 2, 6).forEach((value, i) => (soft.data[4 * i + c] = 255 * value));
  }
  const [light, a, b] = [0, 1, 2].map(() => new Float32Array(width * height)), lab = [0, 0, 0];
  for (let i = 0; i < light.length; i++) {
    toLab(soft.data, 4 * i, lab);
    light[i] = lab[0];
    a[i] = lab[1];
    b[i] = lab[2];
  }
  const lights = light.slice().sort(), [low, high] = [FLAT / 2, 1 - FLAT / 2].map(share => percentile(lights, 100 * share));
  const tints = [value => value <= low, value => value >= high].map(isThere => {
    let [count, red, yellow] = [0, 0, 0];
    for (let i = 0; i < light.length; i++) {
      if (!isThere(light[i])) continue;
      count++;
      red += a[i];
      yellow += b[i];
    }
    return [red / count, yellow / count];
  });
  const shared = [0, 1].map(n => {
    const [dark, bright] = [tints[0][n], tints[1][n]];
    return dark * bright > 0 ? Math.sign(dark) * Math.min(Math.abs(dark), Math.abs(bright)) : 0;
  });
  return [low / 100, high / 100, Math.hypot(...shared)];
}

// The range from the darkest to the brightest channel of a picture, specks aside, as a part of 255; 1 where there is
// nothing to see.
export function contrastRange([, coarse], {width, height, data}, noise) {
  if (isPlain(coarse, noise)) return 1;
  const darkest = new Uint8Array(width * height).fill(255), brightest = new Uint8Array(width * height);
  const plane = new Uint8Array(width * height);
  for (let c = 0; c < 3; c++) {
    for (let i = 0, at = c; i < plane.length; i++, at += 4) plane[i] = data[at];
    const means = box({width, height, data: plane}, 3);
    for (let i = 0; i < means.length; i++) {
      const level = round(means[i]);
      if (level < darkest[i]) darkest[i] = level;
      if (level > brightest[i]) brightest[i] = level;
    }
  }
  return (levelAt(brightest, 1 - FLAT) - levelAt(darkest, FLAT)) / 255;
}

export const meanExposure = grey => mean(grey.data) / 255;

// How bright the brightest places are, specks aside, as a part of 255.
export function highlightsOf(light) {
  const reach = Math.max(1, Math.floor(Math.max(light.width, light.height) / 16));
  return levelAt(box(light, reach).map(round), BRIGHT) / 255;
}

// How many times as bright as those the brightest hundredth is.
export const specksOf = light =>
  levelAt(light.data, 1 - FLAT / 2) / 255 / Math.max(MEASURES.LEAST_HIGHLIGHTS, highlightsOf(light));

// The mean of `reach` × `reach` pixels around each, mirrored at the border.
function box({width, height, data}, reach) {
  const pass = (source, length, lines, step, stride) => {
    const result = new Float32Array(source.length), before = reach >> 1;
    const places = Int32Array.from({length: length + reach}, (_, at) => step * mirrored(at - before, length));
    for (let line = 0; line < lines; line++) {
      const start = line * stride;
      let sum = 0;
      for (let n = 0; n < reach; n++) sum += source[start + places[n]];
      for (let place = 0; place < length; place++) {
        result[start + place * step] = sum / reach;
        sum += source[start + places[place + reach]] - source[start + places[place]];
      }
    }
    return result;
  };
  return pass(pass(data, width, height, 1, width), height, width, width, 1);
}

// How much larger the steps are across the borders of JPEG's blocks than within them; 1 where there is no such grid.
export function blockiness(grey) {
  const ratios = [];
  for (const means of meanSteps(grey, 8)) {
    if (means.length < 16) return 1;
    const [border, inner] = [true, false].map(isBorder => means.filter((_, at) => (at % 8 === 7) === isBorder));
    ratios.push((mean(border) + LEAST_ENERGY) / (mean(inner) + LEAST_ENERGY));
  }
  return Math.min(...ratios);
}

// How many times the pixels are repeated in a row: 1 unless the picture was enlarged by nearest neighbour.
export function repetition(grey) {
  const steps = meanSteps(grey, 1), isBlocky = blockiness(grey) > REPAIR.BLOCKY;
  for (const distance of [spacing, means => period(means, isBlocky)]) {
    const [across, down] = steps.map(distance);
    if (across > 1 && Math.abs(across - down) < ALIKE * across) return Math.min(across, down);
  }
  return 1;
}

// The mean steps between neighbouring columns, and between rows, in the middle, cut out on a `grid` of pixels.
function meanSteps({width, height, data}, grid) {
  const [left, top] = [width, height].map(length => Math.floor(Math.max(0, length - MOST_SEEN) / (2 * grid)) * grid);
  const wide = Math.min(width, MOST_SEEN + left) - left, high = Math.min(height, MOST_SEEN + top) - top;
  const across = new Float64Array(wide - 1), down = new Float64Array(high - 1);
  for (let y = 0; y < high; y++) {
    for (let x = 0, at = (top + y) * width + left; x < wide; x++, at++) {
      if (x + 1 < wide) across[x] += Math.min(Math.abs(data[at + 1] - data[at]), MOST_STEP) / high;
      if (y + 1 < high) down[y] += Math.min(Math.abs(data[at + width] - data[at]), MOST_STEP) / wide;
    }
  }
  return [across, down];
}

// The mean distance between steps, if there are none next to each other; otherwise 1.
function spacing(steps) {
  const least = ALIKE * mean(steps), places = [];
  steps.forEach((step, at) => step > least && places.push(at));
  const gaps = places.slice(1).map((place, n) => place - places[n]);
  if (gaps.length < 8 || gaps.some(gap => gap < 2)) return 1;
  const median = quantile(gaps, 0.5);
  return mean(gaps.filter(gap => gap <= 1.5 * median)); // a longer one is a plain area
}

// The distance, from 2 to 16 pixels, at which large steps come again; 1 if at none.
function period(steps, isBlocky) {
  const count = steps.length, {AROUND, LEAST_AROUND, LOWEST, MOST, LOWEST_RATE, SHARE} = PERIOD;
  if (count < LEAST_PERIOD) return 1;
  const reach = AROUND >> 1, edge = at => steps[at < 0 ? -1 - at : at >= count ? 2 * count - 1 - at : at];
  const relative = steps.map((step, at) => {
    let sum = 0;
    for (let n = -reach; n <= reach; n++) sum += edge(at + n);
    const over = step / Math.max(sum / AROUND, LEAST_AROUND) - 1;
    return Math.min(Math.max(over, LOWEST), MOST) * (0.5 - 0.5 * Math.cos((2 * Math.PI * at) / (count - 1)));
  });
  const amplitude = spectrum(relative);
  const ofBlocks = Math.max(amplitude[count >> 1], amplitude[Math.floor((3 * count) / 2)]); // at 1/8 and 3/8
  const taken = isBlocky ? ofBlocks : Math.min(ofBlocks, BLOCK_STEPS), frequency = at => at / (4 * count);
  for (let multiple = 1; multiple < 5; multiple++) {
    amplitude.forEach((_, at) => {
      if (Math.abs(frequency(at) - multiple / 8) < 2 / count) amplitude[at] -= taken;
    });
  }
  amplitude.forEach((_, at) => {
    if (frequency(at) < LOWEST_RATE || frequency(at) < 6 / count) amplitude[at] = 0;
  });
  let strongest = amplitude.indexOf(largest(amplitude));
  if (amplitude[strongest] < REPEATED) return 1;
  for (const divisor of [3, 2]) {
    const from = Math.max(0, Math.floor(strongest / divisor) - 4);
    const around = amplitude.slice(from, Math.floor(strongest / divisor) + 5), most = largest(around);
    if (most > SHARE * amplitude[strongest]) {
      strongest = from + around.indexOf(most);
      break;
    }
  }
  return 1 / frequency(strongest);
}

// The amplitudes of all frequencies of values that are followed by three times as many zeros.
function spectrum(values) {
  const count = values.length, all = 4 * count;
  const cosines = Float64Array.from({length: all}, (_, n) => Math.cos((2 * Math.PI * n) / all));
  return Float64Array.from({length: 2 * count + 1}, (_, rate) => {
    let real = 0, imaginary = 0;
    for (let n = 0, at = 0; n < count; n++, at = (at + rate) % all) {
      real += values[n] * cosines[at];
      imaginary += values[n] * cosines[(at + count) % all];
    }
    return (Math.hypot(real, imaginary) * 2) / count;
  });
}

// A filter of 3 × 3, mirrored at the border.
function filtered({width, height, data}, kernel) {
  const result = new Float32Array(data.length);
  for (let y = 0, to = 0; y < height; y++) {
    const [above, here, below] = [y - 1, y, y + 1].map(line => width * mirrored(line, height));
    for (let x = 0; x < width; x++) {
      const left = x ? x - 1 : mirrored(-1, width), right = x + 1 < width ? x + 1 : mirrored(width, width);
      result[to++] =
        kernel[0] * data[above + left] + kernel[1] * data[above + x] + kernel[2] * data[above + right] +
        kernel[3] * data[here + left] + kernel[4] * data[here + x] + kernel[5] * data[here + right] +
        kernel[6] * data[below + left] + kernel[7] * data[below + x] + kernel[8] * data[below + right];
    }
  }
  return result;
}

// Means of values over blocks of 16 px, without those where the picture is clipped.
function visibleBlockMeans(values, grey) {
  const side = Math.max(1, Math.min(16, grey.width, grey.height));
  const means = blockMeans({...grey, data: values}, side), levels = blockMeans(grey, side);
  const visible = means.filter((_, at) => levels[at] > CLIPPED_BLACK && levels[at] < CLIPPED_WHITE);
  return visible.length >= 8 ? visible : means;
}

function blockMeans({width, height, data}, side) {
  const columns = Math.floor(width / side), rows = Math.floor(height / side), sums = new Float64Array(columns * rows);
  for (let y = 0; y < rows * side; y++) {
    const line = Math.floor(y / side) * columns;
    for (let column = 0, at = y * width; column < columns; column++) {
      let sum = 0;
      for (const end = at + side; at < end; at++) sum += data[at];
      sums[line + column] += sum;
    }
  }
  return sums.map(sum => sum / side ** 2);
}
