// The engine for a script of one's own:
//
//   import {openEngine} from './engine.js';
//   const engine = await openEngine({style: 'anime'});
//   const {image, faces} = await engine.draw(bitmap);
//   engine.close();
//
// engine.d.ts explains every call, node.js is the same for Node. Engine, in engine/engine.js, is what the page itself uses.

import {Engine} from './engine/engine.js';
import {openWith} from './engine/open.js';

export {EngineError} from './engine/engine.js';
export {Engine};

export const openEngine = ({base, engine, ...options} = {}) => openWith(new Engine({base, engine}), options);
