// The engine for Node, with the calls of engine.js. Photos are pixels here, and so are drawings: {data, width, height}.

import {pathToFileURL} from 'node:url';
import {Worker} from 'node:worker_threads';
import {Engine as EngineOfPages} from './engine/engine.js';
import {openWith} from './engine/open.js';

export {EngineError} from './engine/engine.js';

export class Engine extends EngineOfPages {
  constructor({base = new URL('./', import.meta.url), ...options} = {}) {
    super({base: new URL(base, pathToFileURL('./')), openWorker: threadOf, ...options});
  }
}

export const openEngine = ({base, engine, ...options} = {}) => openWith(new Engine({base, engine}), options);

// A thread with the face of a browser's worker.
function threadOf() {
  const thread = new Worker(new URL('engine/thread.js', import.meta.url), {execArgv: []}); // Node's flags may be of another kind of script
  const worker = {postMessage: message => thread.postMessage(message), terminate: () => thread.terminate()};
  thread.on('message', data => worker.onmessage({data}));
  thread.on('error', error => worker.onerror(error));
  return worker;
}
