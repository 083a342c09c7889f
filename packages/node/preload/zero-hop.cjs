/**
 * Lets `fetch` and undici take the mesh's decisions in this process and go straight to the chosen Pod. Costs nothing until a program
 * uses undici: the first look at undici's global dispatcher is what sets it up, a moment later. Requests before that, those of a
 * dispatcher the program brings itself, and everything that is no request to a Service go the way they would go anyway.
 */
'use strict';

/** Version 1 is read by undici 6 and 7 (and `fetch` of Node up to 24), version 2 by undici 8. */
const DISPATCHERS = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')];

/** @param {{ module: string, socketPath: string, podIp: string, resolve: (name: string) => string[] | undefined }} options */
function followUndici(options) {
  let isScheduled = false;
  function schedule() {
    if (isScheduled) return;
    isScheduled = true;
    // undici and the program's own modules are still being loaded: what they put in place comes first.
    setImmediate(() => install(options));
  }
  // undici finds nothing and defines a dispatcher of its own over this.
  for (const symbol of DISPATCHERS) {
    Object.defineProperty(globalThis, symbol, { configurable: true, enumerable: false, get: () => void schedule() });
  }
}

function install({ module, socketPath, podIp, resolve }) {
  try {
    const present = DISPATCHERS.filter((symbol) => Object.getOwnPropertyDescriptor(globalThis, symbol)?.writable);
    if (!present.every((symbol) => isDefault(globalThis[symbol]))) return;
    const { mount } = require(module);
    const mesh = mount({ socketPath, podIp, resolve });
    for (const symbol of present) globalThis[symbol] = withMesh(globalThis[symbol], mesh);
  } catch (error) {
    process.emitWarning(
      `calls go through the node's proxy, because the mesh could not be loaded here: ${error.message}`,
      'HikyakuWarning',
    );
  }
}

/** A mock, a proxy or interceptors that the program has put there must see every request; undici 8 wraps it for older versions. */
function isDefault(dispatcher) {
  const name = dispatcher?.constructor?.name;
  return (name === 'Agent' || name === 'Dispatcher1Wrapper') && dispatcher.dispatch === dispatcher.constructor.prototype.dispatch;
}

/** As undici's own `compose` does it. */
function withMesh(dispatcher, mesh) {
  const dispatch = (options, handler) => mesh.take(options, handler) || dispatcher.dispatch(options, handler);
  return new Proxy(dispatcher, {
    get(target, key) {
      if (key === 'dispatch') return dispatch;
      // These may use private fields, which a proxy does not have.
      return key === 'close' || key === 'destroy' ? target[key].bind(target) : target[key];
    },
  });
}

module.exports = { followUndici };
