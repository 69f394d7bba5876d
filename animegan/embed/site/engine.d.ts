/// <reference lib="dom" />

/** Pixels: red, green, blue and alpha, one byte each, row after row. An `ImageData` is such an object. */
export interface Pixels {
  readonly data: Uint8ClampedArray | Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** What browsers draw besides pixels: a file (EXIF turns are applied, HEIC is read), or a picture of a page. */
export type Picture = Blob | ImageBitmap | HTMLCanvasElement | OffscreenCanvas | HTMLImageElement | HTMLVideoElement;

/** A text in each language of the folder's page. */
export interface Text {
  readonly en: string;
  readonly zh: string;
  readonly ja: string;
}

export interface Style {
  readonly id: string;
  readonly title: Text;
  readonly caption: Text;
  /** What its licence allows. */
  readonly terms: Text;
  /** Address of a small picture; null: there is none. */
  readonly card: string | null;
}

/** How many bytes have come, of all that are on their way. */
export type OnBytes = (bytes: { received: number; all: number }) => void;

export interface OpenOptions {
  /** Address of the folder; left out: where this script lies. Name it where a bundler has moved the script. In Node it is on the disk. */
  base?: string | URL;
  /** The style whose network is fetched first, and in which `draw` draws; left out: the folder's first. */
  style?: string;
  /** `auto`: the graphics card where the folder and the browser have the means. Node has `wasm` only. */
  engine?: "auto" | "wasm" | "webgpu";
  onBytes?: OnBytes;
}

export interface DrawOptions {
  /** A style's id; left out: that of `openEngine`. */
  style?: string;
  /** Whether faces are found and drawn on their own; left out: true. */
  faces?: boolean;
  /** `auto` repairs a bad photo first, `on` restores every one, `off` none; left out: `auto`. */
  enhance?: "auto" | "on" | "off";
  /** Long side in pixels at which the scene is drawn; 0: the photo's own; left out: 640. */
  detail?: number;
  /** 0 is the photo, 1 the drawing, more goes beyond it. */
  strength?: number;
  /** What is drawn: all of it; people or background alone, on the photo; or the people cut out, the rest transparent. */
  part?: "all" | "people" | "background" | "cut-out" | "sticker";
  /** Hears numbers from 0 to 1. */
  onProgress?: (fraction: number) => void;
  /** Gets a small drawing early, and the scene before its faces are looked for. */
  onPreview?: (drawing: Pixels) => void;
  /** Hears of networks that must come first. */
  onBytes?: OnBytes;
}

export interface Drawing<Image> {
  /** Of the photo's size; one of more than 24 megapixels (12.6 on telephones) is drawn at that size. */
  readonly image: Image;
  /** How many faces were drawn. */
  readonly faces: number;
  /** What was done to a bad photo before it was drawn, and why. */
  readonly repair: readonly { readonly stage: string; readonly reasons: readonly string[] }[];
  /** The repaired photo, at the size of its repair; null: it needed none. */
  readonly repaired: Pixels | null;
  /** It should have been restored, and the network for that could not be fetched. */
  readonly isMissing?: true;
  /** The photo's size as it came. */
  readonly photo: { readonly width: number; readonly height: number };
  /** Milliseconds that it took. */
  readonly ms: number;
  /** The photo's file was cut off: what is missing is grey. */
  readonly cutOff?: true;
}

export interface ClipOptions {
  /** A style's id; left out: that of `openEngine`. */
  style?: string;
  /** Hears of each picture that was drawn: `done` of `frames`, the clip's own and its drawing. */
  onFrame?: (frame: { done: number; frames: number; photo: ImageData; drawing: ImageData }) => void;
  /** Hears of networks that must come first. */
  onBytes?: OnBytes;
}

export interface DrawnClip {
  /** An MP4 file. */
  readonly blob: Blob;
  readonly width: number;
  readonly height: number;
  /** Its sound had to be left out. */
  readonly isSilent: boolean;
  /** Milliseconds that it took. */
  readonly ms: number;
}

export interface OpenEngine {
  /** What computes. */
  readonly engine: "wasm" | "webgpu";
  readonly threads: number;
  /** The styles of the folder. */
  styles(): Style[];
  /** Draw a photo: pixels become pixels, anything else an `ImageBitmap`. One at a time: a second call cancels the first. */
  draw(photo: ImageData, options?: DrawOptions): Promise<Drawing<ImageData>>;
  draw(photo: Pixels, options?: DrawOptions): Promise<Drawing<Pixels>>;
  draw(photo: Picture, options?: DrawOptions): Promise<Drawing<ImageBitmap>>;
  /**
   * Draw a clip (MP4, MOV, WebM, MKV), each picture as a frame of a camera, as an MP4 with its sound. In browsers with
   * WebCodecs only. It and `draw` end each other.
   */
  clip(file: Blob, options?: ClipOptions): Promise<DrawnClip>;
  /** Draw a frame of a camera: quickly, with the style's live network where the folder has it, without faces. */
  frame(photo: ImageData, options?: { style?: string }): Promise<ImageData>;
  frame(photo: Pixels, options?: { style?: string }): Promise<Pixels>;
  /** Fetch all that drawings in a style may need; after it no connection is needed. */
  prefetch(options?: { style?: string }): Promise<void>;
  /** Let the drawing under way fail with the code `cancelled`. */
  cancel(): void;
  /** End it. What is under way fails with the code `cancelled`. */
  close(): void;
}

/** Fetch, check and start what draws. All that fails is an `EngineError`. */
export function openEngine(options?: OpenOptions): Promise<OpenEngine>;

/**
 * - `no-style`: the folder has no such style
 * - `bad-photo`: it cannot be read, or has no four bytes a pixel
 * - `too-large`: more than 200 megapixels
 * - `no-heic`: neither the browser nor the folder reads HEIC
 * - `no-clips`: the folder draws no clips
 * - `no-codecs`: there is no WebCodecs, as in Node and on pages without https, or it writes no kind of clip
 * - `no-decoder`: the browser does not read the clip's pictures
 * - `bad-clip`: the file cannot be read as a clip
 * - `long-clip`: it lasts longer than three minutes, on telephones one
 * - `nobody`: there are no people to cut out
 * - `cancelled`: by `cancel`, `close`, or a newer `draw`
 * - `out-of-memory`: there is no more memory for it
 * - `no-network`: a file of the folder cannot be fetched
 * - `corrupt-network`: a file is not what `manifest.json` says
 * - `no-wasm`: the browser has no WebAssembly with SIMD, or no canvas in workers
 * - `no-answer`: the worker does not answer
 * - `false-canvas`: the browser falsifies the pixels that a page reads
 */
export type ErrorCode =
  | "no-style" | "bad-photo" | "too-large" | "no-heic" | "no-clips" | "no-codecs" | "no-decoder" | "bad-clip" | "long-clip"
  | "nobody" | "cancelled" | "out-of-memory"
  | "no-network" | "corrupt-network" | "no-wasm" | "no-answer" | "false-canvas";

export class EngineError extends Error {
  constructor(code: ErrorCode, message?: string);
  readonly code: ErrorCode;
}
