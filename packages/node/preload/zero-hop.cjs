/**
 * Lets `fetch`, undici and connections that carry bytes take the mesh's decisions in this process and go straight to the chosen Pod. Costs nothing until a
 * program uses undici or connects to a Service: the first look at undici's global dispatcher, or the first connection, is what sets it up, a moment later.
 * What comes before that, requests of a dispatcher the program brings itself, and everything that is not for a Service go the way they would go anyway.
 */
'use strict';

/** Version 1 is read by undici 6 and 7 (and `fetch` of Node up to 24), version 2 by undici 8. */
const DISPATCHERS = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')];

/**
 * @param {{ module: string, socketPath: string, podIp: string, resolve: (name: string) => string[] | undefined }} options
 * @returns `followUndici` puts the mesh before undici; `connection` says where a connection to an address of the cluster goes instead (inprocess/mount.ts,
 *   Detour), undefined for nowhere else. The first ones find nothing, since rules come a moment after somebody has asked.
 */
function createZeroHop({ module, socketPath, podIp, resolve }) {
  let isAsked = false;
  let mesh;

  /** Once: what could not be loaded is not tried again. */
  function load() {
    if (isAsked) return mesh;
    isAsked = true;
    try {
      mesh = require(module).mount({ socketPath, podIp, resolve });
    } catch (error) {
      process.emitWarning(
        `calls go through the node's proxy, because the mesh could not be loaded here: ${error.message}`,
        'HikyakuWarning',
      );
    }
    return mesh;
  }

  return {
    followUndici: () => followUndici(load),
    connection(address, port) {
      if (isAsked) return mesh?.connection(address, port);
      // Not while somebody waits for a socket.
      setImmediate(load);
      return undefined;
    },
  };
}

function followUndici(load) {
  let isScheduled = false;
  function schedule() {
    if (isScheduled) return;
    isScheduled = true;
    // undici and the program's own modules are still being loaded: what they put in place comes first.
    setImmediate(() => install(load));
  }
  // undici finds nothing and defines a dispatcher of its own over this.
  for (const symbol of DISPATCHERS) {
    Object.defineProperty(globalThis, symbol, { configurable: true, enumerable: false, get: () => void schedule() });
  }
}

function install(load) {
  const present = DISPATCHERS.filter((symbol) => Object.getOwnPropertyDescriptor(globalThis, symbol)?.writable);
  if (!present.every((symbol) => isDefault(globalThis[symbol]))) return;
  const mesh = load();
  if (mesh === undefined) return;
  for (const symbol of present) globalThis[symbol] = withMesh(globalThis[symbol], mesh);
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

module.exports = { createZeroHop };
