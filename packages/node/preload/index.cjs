/**
 * What makes an ordinary Node program live in a Pod without a container. The node starts every Node container with
 * `--require` of this file, and child processes and worker threads inherit it through NODE_OPTIONS.
 *
 *   names         hosts.cjs     cluster names → addresses, from a file the node keeps up to date
 *   connections   network.cjs   listen on the Pod's address, dial Services from it
 *   files         files.cjs     volume mount paths → the directories behind them
 *   requests      zero-hop.cjs  fetch, undici and connections that carry bytes decide as the mesh does and go straight to a Pod
 *
 * CommonJS and no types, because it is loaded before anything else in whatever Node (20 or later) a program runs on, and
 * because `--require` costs a millisecond where `--import` would load the ES module machinery first.
 *
 * Environment: HIKYAKU_POD_IP (the Pod's address; nothing is done without it), HIKYAKU_HOSTS (the hosts file),
 * HIKYAKU_MOUNTS (JSON: [mount path, directory][]) and HIKYAKU_MESH (JSON: the mesh's `module` to load and the `socketPath` of its
 * snapshots; without it requests go through the node's proxy). They stay visible, since children need them too.
 */
'use strict';
const { syncBuiltinESMExports } = require('node:module');

const {
  HIKYAKU_POD_IP: podIp,
  HIKYAKU_HOSTS: hostsFile,
  HIKYAKU_MOUNTS: mounts,
  HIKYAKU_MESH: mesh,
  HOSTNAME: hostname,
} = process.env;

if (podIp) {
  const { createHosts } = require('./hosts.cjs');
  const { patchNetwork } = require('./network.cjs');
  const hosts = createHosts({ file: hostsFile, podIp, hostname });
  const zeroHop = mesh
    ? require('./zero-hop.cjs').createZeroHop({ ...JSON.parse(mesh), podIp, resolve: (name) => hosts.resolve(name) })
    : undefined;
  patchNetwork({ podIp, hosts, detour: zeroHop?.connection });
  zeroHop?.followUndici();
  if (hostname) require('node:os').hostname = () => hostname;
  if (mounts) require('./files.cjs').patchFiles(JSON.parse(mounts));
  // `import { lookup } from 'node:dns'` must see what was replaced here.
  syncBuiltinESMExports();
}
