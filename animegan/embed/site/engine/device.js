// What kind of device and browser this is, as far as a drawing depends on it.

const CHECKED = 16; // pixels: side of the picture by which a canvas is tried
const FALSE = 8; // levels of 255: less is what a browser's own colours may change

const machine = () => globalThis.navigator ?? {}; // not every Node has one

// An iPad says that it is a Mac.
export const isApplePhone = ({userAgent, platform, maxTouchPoints} = machine()) =>
  /iP(hone|ad|od)/.test(userAgent) || (/Mac/.test(platform) && maxTouchPoints > 1);

// A telephone or a tablet: their browsers end a page that takes much memory.
export function isPhone() {
  const {userAgent, deviceMemory = 8} = machine();
  return isApplePhone() || /Android|Mobile/.test(userAgent) || deviceMemory < 4;
}

// Whether a canvas gives the pixels that were put in: some browsers falsify them, so that nobody is recognized by them.
export function isTrue(canvas) {
  const context = Object.assign(canvas, {width: CHECKED, height: CHECKED}).getContext('2d', {willReadFrequently: true});
  if (!context) return true; // that has an error of its own
  const wanted = new ImageData(CHECKED, CHECKED);
  for (let at = 0; at < wanted.data.length; at++) wanted.data[at] = at % 4 === 3 ? 255 : (at * 37) % 251;
  context.putImageData(wanted, 0, 0);
  const {data} = context.getImageData(0, 0, CHECKED, CHECKED);
  return wanted.data.every((value, at) => Math.abs(value - data[at]) <= FALSE);
}
