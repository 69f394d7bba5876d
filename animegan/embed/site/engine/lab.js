// The colours of CIE Lab, of sRGB under D65, as OpenCV has them: L from 0 to 100, a and b around 0.

const [WHITE_X, WHITE_Z] = [0.950456, 1.088754];
const XYZ = [[0.412453, 0.35758, 0.180423], [0.212671, 0.71516, 0.072169], [0.019334, 0.119193, 0.950227]];
const LEAST = 0.008856, SLOPE = 7.787, START = 16 / 116; // below the least the curve is a line
const STEPS = 8192; // of the tables: between two of them values are interpolated

const toLight = level => (level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4);
const toLevel = light => (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
const toRoot = light => (light > LEAST ? Math.cbrt(light) : SLOPE * light + START);
const fromRoot = root => (root ** 3 > LEAST ? root ** 3 : (root - START) / SLOPE);

const tableOf = curve => Float64Array.from({length: STEPS + 2}, (_, at) => curve(at / STEPS));
const LIGHTS = Float64Array.from({length: 256}, (_, level) => toLight(level / 255));
const [ROOTS, LEVELS] = [toRoot, toLevel].map(tableOf);

function read(table, value) {
  const place = STEPS * Math.min(Math.max(value, 0), 1), before = Math.floor(place);
  return table[before] + (place - before) * (table[before + 1] - table[before]);
}

// Writes L, a and b of the pixel at `at` into `lab`.
export function toLab(data, at, lab) {
  const red = LIGHTS[data[at]], green = LIGHTS[data[at + 1]], blue = LIGHTS[data[at + 2]];
  const light = n => XYZ[n][0] * red + XYZ[n][1] * green + XYZ[n][2] * blue;
  const x = read(ROOTS, light(0) / WHITE_X), y = read(ROOTS, light(1)), z = read(ROOTS, light(2) / WHITE_Z);
  lab[0] = 116 * y - 16;
  lab[1] = 500 * (x - y);
  lab[2] = 200 * (y - z);
}

// The same in whole levels of 0 to 255, computed in whole numbers as OpenCV does.
const ONE = 1 << 15, SHIFT = 12, FINER = 8; // fractions of roots, of weights and of light
const LIGHTS_8 = LIGHTS.map(light => Math.round(255 * FINER * light));
const ROOTS_8 = Float64Array.from({length: 384 * FINER}, (_, at) => Math.round(ONE * toRoot(at / (255 * FINER))));
const whole = (weights, white) => weights.map(weight => Math.round(((1 << SHIFT) * weight) / white));
const [TO_X, TO_Y, TO_Z] = [whole(XYZ[0], WHITE_X), whole(XYZ[1], 1), whole(XYZ[2], WHITE_Z)];
const descaled = value => Math.floor((value + ONE / 2) / ONE);

function root8([r, g, b], red, green, blue) {
  return ROOTS_8[(r * red + g * green + b * blue + (1 << (SHIFT - 1))) >> SHIFT];
}

export function toLab8(data, at, lab) {
  const red = LIGHTS_8[data[at]], green = LIGHTS_8[data[at + 1]], blue = LIGHTS_8[data[at + 2]];
  const x = root8(TO_X, red, green, blue), y = root8(TO_Y, red, green, blue), z = root8(TO_Z, red, green, blue);
  lab[0] = descaled(296 * y - Math.floor((16 * 255 * ONE + 50) / 100));
  lab[1] = descaled(500 * (x - y)) + 128;
  lab[2] = descaled(200 * (y - z)) + 128;
}

// Writes a colour into the pixel at `at`.
export function fromLab(light, a, b, data, at) {
  const root = (light + 16) / 116;
  const x = WHITE_X * fromRoot(root + a / 500), y = fromRoot(root), z = WHITE_Z * fromRoot(root - b / 200);
  data[at] = 255 * read(LEVELS, 3.240479 * x - 1.53715 * y - 0.498535 * z);
  data[at + 1] = 255 * read(LEVELS, -0.969256 * x + 1.875991 * y + 0.041556 * z);
  data[at + 2] = 255 * read(LEVELS, 0.055648 * x - 0.204043 * y + 1.057311 * z);
}
