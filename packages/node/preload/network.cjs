/**
 * Puts a program's sockets at its Pod's address: what it would bind on every interface or on loopback is bound on the Pod's
 * own, cluster names lead to Service and Pod addresses, and what is dialled within 127.0.0.0/8 leaves from the Pod's address,
 * so that the other side (the mesh) knows who calls. Unix sockets, other bind addresses and the outside world are left alone.
 */
'use strict';
const dns = require('node:dns');
const net = require('node:net');

const BOUND_TO_POD = new Set(['', '0.0.0.0', '::', '::0', 'localhost', '127.0.0.1', '::1']);
const CLUSTER_ADDRESS = /^127\./;

/**
 * @param {{ podIp: string, hosts: { resolve(name: string): string[] | undefined }, detour?: (address: string, port: number) =>
 *   { address: string, port: number, watch(socket: net.Socket): void } | undefined }} pod `detour` leads past an address of the cluster.
 */
function patchNetwork({ podIp, hosts, detour = () => undefined }) {
  patchListen(podIp);
  patchConnect(podIp, hosts, detour);
  dns.lookup = wrapLookup(dns.lookup, hosts);
  dns.promises.lookup = wrapPromisedLookup(dns.promises.lookup, hosts);
}

function patchListen(podIp) {
  const listen = net.Server.prototype.listen;
  net.Server.prototype.listen = function (...args) {
    return listen.apply(this, atPod(args, podIp));
  };
}

/** The arguments of `server.listen` (all of its forms) with the Pod's address where none or a local one was given. */
function atPod(args, podIp) {
  const [first] = args;
  if (typeof first === 'object' && first !== null) {
    const isTcp = 'port' in first && first.fd === undefined && first.path === undefined && first._handle === undefined;
    return isTcp && BOUND_TO_POD.has(first.host ?? '') ? [{ ...first, host: podIp }, ...args.slice(1)] : args;
  }
  const isPort = first == null || typeof first === 'function' || typeof first === 'number' || /^\d+$/.test(String(first));
  if (!isPort) return args;
  const callback = args.findLast((argument) => typeof argument === 'function');
  const [port, host, backlog] = args.filter((argument) => typeof argument !== 'function');
  if (typeof host === 'string' && !BOUND_TO_POD.has(host)) return args;
  const options = { port: port ?? 0, host: podIp, backlog: typeof host === 'number' ? host : backlog };
  return callback ? [options, callback] : [options];
}

function patchConnect(podIp, hosts, detour) {
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    // net.connect and the http agents hand over one array that is already in the form [options, callback].
    const [options, callback] = Array.isArray(args[0]) ? args[0] : net._normalizeArgs(args);
    const rerouted = fromPod(options, { podIp, hosts, detour, socket: this });
    if (rerouted === options) return connect.apply(this, args);
    return callback ? connect.call(this, rerouted, callback) : connect.call(this, rerouted);
  };
}

/** Socket options that lead where `options` says, as seen from the Pod; the same object when nothing has to change. */
function fromPod(options, { podIp, hosts, detour, socket }) {
  if (options.path || options.port === undefined) return options;
  const host = options.host ?? 'localhost';
  const addresses = hosts.resolve(host) ?? (CLUSTER_ADDRESS.test(host) ? [host] : undefined);
  if (addresses === undefined) return options;
  const [address, ...others] = addresses;
  const isOneOfCluster = others.length === 0 && CLUSTER_ADDRESS.test(address);
  const instead = isOneOfCluster && address !== podIp ? detour(address, Number(options.port)) : undefined;
  instead?.watch(socket);
  // An address that is dialled as it is needs no look-up.
  if (instead === undefined && address === host) return { ...options, localAddress: options.localAddress ?? podIp };
  // The name stays the host (TLS and error messages want it); only the way it is looked up changes. Without a family, net tries the
  // addresses one after the other; it takes no local address then (nodejs/node lib/net.js, internalConnectMultiple).
  const lookup = lookupAmong(instead === undefined ? addresses : [instead.address]);
  const rerouted = { ...options, host: net.isIP(host) ? (instead?.address ?? podIp) : host, family: 0, lookup };
  if (instead !== undefined) rerouted.port = instead.port;
  if (isOneOfCluster) rerouted.localAddress ??= podIp;
  return rerouted;
}

/** A `lookup` that knows one name's addresses and starts at a random one, as a cluster's DNS does. */
function lookupAmong(addresses) {
  return (hostname, options, callback) => {
    const start = Math.floor(Math.random() * addresses.length);
    answer(hostname, [...addresses.slice(start), ...addresses.slice(0, start)], options, callback);
  };
}

function answer(hostname, addresses, options, callback) {
  const wanted = options.family === 6 || options.family === 'IPv6' ? [] : addresses;
  if (wanted.length === 0) process.nextTick(callback, notFound(hostname));
  else if (options.all)
    process.nextTick(
      callback,
      null,
      wanted.map((address) => ({ address, family: 4 })),
    );
  else process.nextTick(callback, null, wanted[0], 4);
}

function notFound(hostname) {
  const error = new Error(`getaddrinfo ENOTFOUND ${hostname}`);
  return Object.assign(error, { code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo', hostname });
}

function wrapLookup(lookup, hosts) {
  const wrapped = function (hostname, options, callback) {
    const addresses = typeof hostname === 'string' && !net.isIP(hostname) ? hosts.resolve(hostname) : undefined;
    if (addresses === undefined) return Reflect.apply(lookup, this, arguments);
    answer(hostname, addresses, lookupOptions(options), callback ?? options);
  };
  // util.promisify(dns.lookup) gives { address, family } by this symbol, which knows the two names of the results.
  return Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(lookup));
}

function wrapPromisedLookup(lookup, hosts) {
  return function (hostname, options) {
    const addresses = typeof hostname === 'string' && !net.isIP(hostname) ? hosts.resolve(hostname) : undefined;
    if (addresses === undefined) return Reflect.apply(lookup, this, arguments);
    const { all, family } = lookupOptions(options);
    return new Promise((resolve, reject) => {
      answer(hostname, addresses, { all: true, family }, (error, found) => {
        if (error) reject(error);
        else resolve(all ? found : found[0]);
      });
    });
  };
}

function lookupOptions(options) {
  if (typeof options === 'number') return { family: options };
  return typeof options === 'object' && options !== null ? options : {};
}

module.exports = { patchNetwork };
