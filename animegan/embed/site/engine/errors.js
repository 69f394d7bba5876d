// What goes wrong, by a code that the page has a sentence for. See engine.js for the list.
export class EngineError extends Error {
  constructor(code, message = code) {
    super(message);
    this.name = 'EngineError';
    this.code = code;
  }
}

// Any error as an EngineError: what a browser says when it has no memory left differs from one to the next.
export function named(error, code = 'no-answer') {
  if (error instanceof EngineError) return error;
  const text = String(error?.message ?? error);
  const isMemory = error instanceof RangeError || /memory|bad_alloc|allocat|OOM/i.test(text);
  return new EngineError(isMemory ? 'out-of-memory' : code, text);
}
