// How good a photo is, and what that says: animegan/repair/quality.py and damage.py.

import {MEASURES, QUALITY, REPAIR, SCENE} from './constants.js';
import * as measures from './measures.js';
import {areaTaps, cubicTaps, greyAt, resizePlane, round, shrink} from './pixels.js';
import {TREES} from './trees.js';

const {SIDE, NOISE_SIDE} = QUALITY;

// Measures a photo: {sharpness, noise, grain, contrast, fineRatio, exposure, highlights, specks, blockiness, lost,
// trueSide, black, white, repeated, tint, damage}.
export function assess(photo) {
  const {measured, seen} = measure(photo);
  return {...measured, damage: rounded(1 / (1 + Math.exp(-trees(seen))), 3)};
}

// Everything but the damage, and what that is judged by: `seen`, 15 numbers.
export function measure(photo) {
  const grey = greyOf(photo), long = Math.max(grey.width, grey.height);
  const side = Math.min(NOISE_SIDE, long), half = Math.max(1, side >> 1);
  const copies = new Map([SIDE, side, half].map(length => [length, null]));
  for (const length of copies.keys()) copies.set(length, toLongSide(grey, length));
  const noise = new Map([...copies].map(([length, copy]) => [length, measures.noiseSigma(copy)]));
  const small = copies.get(SIDE), painted = long > SCENE.PAINT_SIDE ? toLongSide(grey, SCENE.PAINT_SIDE) : grey;
  const ratios = measures.bandRatios(painted), paintedNoise = measures.noiseSigma(painted);
  const paintedSide = Math.max(painted.width, painted.height);
  const repeated = Math.max(1, (measures.repetition(grey) * paintedSide) / long);
  const lost = Math.max(0, measures.lostOctaves(ratios, paintedNoise), Math.log2(repeated));
  const octaves = measures.octaves(small);
  const colours = shrink(photo, SIDE), light = lightOf(colours), [black, white, tint] = measures.fading(colours);
  const measured = {
    sharpness: rounded(measures.laplacianVariance(small), 2),
    noise: rounded(noise.get(side), 2),
    grain: rounded(noise.get(half), 2),
    contrast: rounded(measures.contrastRange(octaves, colours, noise.get(SIDE)), 3),
    fineRatio: rounded(measures.octaveRatio(octaves, noise.get(SIDE)), 3),
    exposure: rounded(measures.meanExposure(small), 3),
    highlights: rounded(measures.highlightsOf(light), 3),
    specks: rounded(measures.specksOf(light), 2),
    blockiness: rounded(measures.blockiness(grey), 3),
    lost: rounded(lost, 2),
    trueSide: round(paintedSide / 2 ** lost),
    black: rounded(black, 3),
    white: rounded(white, 3),
    repeated: rounded(repeated, 1),
    tint: rounded(tint, 1),
  };
  const noises = [paintedNoise, measured.noise, measured.grain].map(value => Math.log(value + 0.5));
  const fine = Math.log(measured.fineRatio + MEASURES.LEAST_RATIO);
  return {measured, seen: [...ratios, ...noises, Math.log(measured.blockiness), fine, measured.lost]};
}

const rounded = (value, digits) => Number(value.toFixed(digits));

// The sum of the boosted trees: how sure they are that a photo is damaged.
function trees(seen) {
  const {feature, threshold, value, start, depth} = TREES, inner = 2 ** depth - 1, leaves = 2 ** depth;
  let sum = start;
  for (let tree = 0; tree * leaves < value.length; tree++) {
    let node = 0;
    while (node < inner) {
      const at = tree * inner + node;
      node = 2 * node + 1 + (seen[feature[at]] > threshold[at]);
    }
    sum += value[tree * leaves + node - inner];
  }
  return sum;
}

export function greyOf({width, height, data}) {
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) grey[i] = greyAt(data, 4 * i);
  return {width, height, data: grey};
}

// The brightest channel of each pixel: a lamp is bright in one colour, too.
export function lightOf({width, height, data}) {
  const light = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < light.length; i++, at += 4) light[i] = Math.max(data[at], data[at + 1], data[at + 2]);
  return {width, height, data: light};
}

// A plane of whole levels, at another size.
function toLongSide({width, height, data}, side) {
  const scale = side / Math.max(width, height);
  const [wide, high] = [width, height].map(length => Math.max(1, round(length * scale)));
  if (wide === width && high === height) return {width, height, data};
  const taps = wide < width || high < height ? areaTaps : cubicTaps;
  return {width: wide, height: high, data: Uint8ClampedArray.from(resizePlane(data, width, height, wide, high, taps))};
}

// What the measures say, by the limits of the table that Python has.
export const isRepeated = quality => quality.repeated > REPAIR.REPEATED;
export const isBlurry = quality => quality.fineRatio < REPAIR.BLURRY_FINE_RATIO;
export const isNoisy = ({noise, grain}) => noise > REPAIR.NOISY_SIGMA && grain < REPAIR.WHITE_NOISE * noise;
export const isBlocky = quality => quality.blockiness > REPAIR.BLOCKY;
export const isWorn = quality => quality.damage > REPAIR.DAMAGED;
export const isGrainy = ({noise, grain}) => grain > REPAIR.PRINT_GRAIN * (noise + 0.5);
export const isFlat = quality => quality.contrast < REPAIR.FLAT_CONTRAST && !isDarkOnPurpose(quality);

// All is black but specks, such as stars, a firework or the moon.
function isDarkOnPurpose({specks, highlights}) {
  const isBright = specks >= REPAIR.BRIGHT_SPECKS && specks * highlights >= REPAIR.BRIGHT;
  return highlights <= REPAIR.BLACK_HIGHLIGHTS || specks >= REPAIR.DARK_SPECKS || isBright;
}

export function isDark(quality) {
  const isUnlit = quality.exposure < REPAIR.DARK_EXPOSURE && quality.highlights < REPAIR.DARK_HIGHLIGHTS;
  return isUnlit && !isDarkOnPurpose(quality);
}

export function isCoarse(quality) {
  const isSuspect = quality.lost > REPAIR.SUSPECT_OCTAVES && quality.damage > REPAIR.SUSPECT_DAMAGE;
  return quality.lost > REPAIR.COARSE_OCTAVES || isSuspect || isRepeated(quality);
}

export function isFaded(quality) {
  const {black, white, tint, fineRatio} = quality;
  const isOld = isWorn(quality) && isGrainy(quality) && fineRatio > REPAIR.PRINT_FINE_RATIO;
  const isTinted = black > REPAIR.PRINT_BLACK && white < REPAIR.PRINT_WHITE && tint > REPAIR.PRINT_TINT;
  return isOld && (isTinted || (black > REPAIR.VEILED_BLACK && white < REPAIR.VEILED_WHITE));
}
