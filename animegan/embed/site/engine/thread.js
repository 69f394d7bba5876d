// The worker in a thread of Node: it gets what a browser's worker has, then worker.js runs as it is.

import {webcrypto} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {parentPort} from 'node:worker_threads';

class Pixels {
  constructor(data, width, height) {
    Object.assign(this, {data, width, height});
  }
}

const fetched = globalThis.fetch;
Object.assign(globalThis, {
  ImageData: Pixels,
  onmessage: null,
  postMessage: (message, transfer) => parentPort.postMessage(message, transfer),
  fetch: async (address, options) =>
    `${address}`.startsWith('file:') ? new Response(await readFile(new URL(address))) : fetched(address, options),
});
globalThis.crypto ??= webcrypto; // Node 18 has it under another name
await import(new URL('worker.js', import.meta.url));
parentPort.on('message', data => {
  const {source} = data;
  if (source) data.source = new Pixels(source.data, source.width, source.height);
  globalThis.onmessage({data});
});
