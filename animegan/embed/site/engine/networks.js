// Fetches the runtime and the networks, checks them against manifest.json, and runs them. Used by the worker.

import {EngineError} from './errors.js';

const LARGEST_SHARE = 8; // threads: more of them wait for each other
const PATIENCE = 20_000; // milliseconds for threads to start

export class Networks {
  // `onBytes()` is called after every piece that arrives: `arriving` says how much has come, of all that is on its way.
  constructor(base, {engine = 'auto', threads = Infinity, onBytes = () => {}} = {}) {
    this.base = base;
    this.wanted = engine;
    this.most = threads;
    this.onBytes = onBytes;
    this.sessions = new Map();
    this.queue = Promise.resolve();
    this.arriving = {received: 0, all: 0};
    this.expected = new Set(); // files that `arriving` counts before they are asked for
    this.flying = 0; // files on their way
  }

  async start() {
    const address = new URL('manifest.json', this.base);
    try {
      this.manifest = JSON.parse(new TextDecoder().decode(await this.#fetch(address, {cache: 'no-cache'})));
    } catch (error) {
      throw error instanceof EngineError ? error : new EngineError('no-network', 'manifest.json cannot be read');
    }
    const wantsGpu = this.wanted === 'webgpu' || (this.wanted === 'auto' && (await hasGpu()));
    if (this.manifest.runtime.webgpu && wantsGpu) {
      try {
        return await this.#load('webgpu');
      } catch (error) {
        if (this.wanted === 'webgpu' || error.code === 'cancelled') throw error;
      }
    }
    return this.#load('wasm');
  }

  // Counts the runtime and some networks as on their way, before each of them is asked for.
  expect(names) {
    const build = this.manifest.runtime[this.engine];
    const files = [build.script, build.binary.file, ...names.map(name => this.manifest.networks[name].file)];
    this.expected = new Set(files);
    this.arriving = {received: 0, all: files.reduce((sum, file) => sum + this.manifest.files[file].bytes, 0)};
  }

  async #load(engine) {
    const build = this.manifest.runtime[engine];
    this.engine = engine;
    this.onEngine?.(engine);
    const [ort, binary] = await Promise.all([
      import(this.#address(build.script)).catch(() => {
        throw new EngineError('no-network', `${build.script} cannot be fetched`);
      }),
      this.#verified(build.binary),
    ]);
    if (this.expected.delete(build.script)) this.#received(this.manifest.files[build.script].bytes);
    const cores = globalThis.crossOriginIsolated ? navigator.hardwareConcurrency || 1 : 1;
    this.threads = Math.min(cores, LARGEST_SHARE, this.most);
    ort.env.wasm.numThreads = this.threads;
    ort.env.wasm.initTimeout = this.threads > 1 ? PATIENCE : 0;
    ort.env.wasm.wasmBinary = binary;
    ort.env.logLevel = 'error';
    this.ort = ort;
    if (engine === 'webgpu') await this.session('pnet', 'webgpu'); // fails here if the card cannot be used
    else if (this.threads > 1) await this.#tryThreads();
  }

  // Fails with the code `no-threads` if a page that may have threads does not get them: the runtime cannot try again.
  async #tryThreads() {
    const data = await this.#verified(this.manifest.networks[this.manifest.finder[0]]);
    await this.ort.InferenceSession.create(data, {executionProviders: ['wasm']}).catch(error => {
      throw new EngineError('no-threads', String(error));
    });
  }

  // A network, ready to run. `on` is the part of the machine that runs it.
  session(name, on = this.engine) {
    const key = `${name} ${on}`;
    if (!this.sessions.has(key)) {
      const made = this.#verified(this.manifest.networks[name]).then(data =>
        this.ort.InferenceSession.create(data, {executionProviders: on === 'webgpu' ? ['webgpu', 'wasm'] : ['wasm']}),
      );
      made.catch(() => this.sessions.delete(key)); // so that the next call tries again
      this.sessions.set(key, made);
    }
    return this.sessions.get(key);
  }

  // A library of the folder, `heic` or `clips`: its module, anew each time, so that its memory is free afterwards.
  async library(name) {
    const entry = this.manifest[name];
    if (!entry) throw new EngineError(`no-${name}`);
    const address = URL.createObjectURL(new Blob([await this.#verified(entry)], {type: 'text/javascript'}));
    try {
      return await import(address);
    } finally {
      URL.revokeObjectURL(address);
    }
  }

  // Runs a network, one at a time: {name: {data, dims}} to the same.
  async run(name, inputs, on = this.engine) {
    const session = await this.session(name, on);
    const tensors = {};
    for (const [key, {data, dims}] of Object.entries(inputs)) tensors[key] = new this.ort.Tensor('float32', data, dims);
    const turn = this.queue.then(() => session.run(tensors));
    this.queue = turn.catch(() => {});
    return turn;
  }

  // A file of the manifest, unpacked and with the right hash. A cache that holds another one is passed by once.
  async #verified(entry) {
    this.#take(entry.file);
    try {
      for (const cache of ['default', 'reload']) {
        const data = await unpacked(await this.#fetch(this.#address(entry.file), {cache}));
        if (data && (await isRight(data, entry))) return data.buffer;
      }
    } finally {
      if (!--this.flying && !this.expected.size) this.arriving = {received: 0, all: 0};
    }
    throw new EngineError('corrupt-network', `${entry.file} is not the file that manifest.json names`);
  }

  // A file is on its way, which may have been expected.
  #take(file) {
    this.flying++;
    if (!this.expected.delete(file)) this.arriving.all += this.manifest.files[file].bytes;
  }

  #received(bytes) {
    this.arriving.received += bytes;
    this.onBytes();
  }

  // With a part of its hash: a folder that was written again never meets a cache's old file.
  #address(file) {
    return new URL(`${file}?v=${this.manifest.files[file].sha256.slice(0, 8)}`, this.base).href;
  }

  async #fetch(address, options) {
    let pieces;
    try {
      const answer = await fetch(address, options);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      pieces = [];
      const reader = answer.body.getReader();
      for (let piece; !(piece = await reader.read()).done; ) {
        pieces.push(piece.value);
        this.#received(piece.value.length);
      }
    } catch (error) {
      throw new EngineError('no-network', `${new URL(address).pathname} cannot be fetched (${error.message})`);
    }
    return new Uint8Array(await new Blob(pieces).arrayBuffer());
  }
}

// What gzip packed, unpacked; anything else as it is, as some hosts unpack it on their own. Null: it is damaged.
async function unpacked(data) {
  if (data[0] !== 0x1f || data[1] !== 0x8b) return data;
  try {
    const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    return null;
  }
}

async function isRight(data, {bytes, sha256}) {
  if (data.length !== bytes) return false;
  if (!globalThis.crypto?.subtle) return true; // a page that came over plain HTTP has no hashes
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
  return Array.from(hash, byte => byte.toString(16).padStart(2, '0')).join('') === sha256;
}

// Whether there is a graphics card to draw on. One that only the processor plays is slower than WebAssembly.
async function hasGpu() {
  try {
    const adapter = await navigator.gpu?.requestAdapter();
    return Boolean(adapter) && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter);
  } catch {
    return false;
  }
}
