// The door for a script of one's own: import {Engine} from './engine.js'. See engine/engine.js.
export {Engine, EngineError} from './engine/engine.js';
