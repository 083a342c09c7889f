/**
 * Cluster names and their addresses, read from a file in the format of hosts(5) that the node rewrites when Services or their
 * endpoints change. A line whose address is `-` names a Service that has no address at the moment: such a name is known to
 * not exist, and never asked of the machine's own DNS.
 */
'use strict';
const { readFileSync, statSync } = require('node:fs');

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1', '0.0.0.0', '::', '']);

/**
 * @param {{ file?: string, podIp: string, hostname?: string }} options
 * @returns {{ resolve(name: string): string[] | undefined }} `resolve` gives a name's addresses: undefined when the name is not
 *   the cluster's, empty when it is but has none now. Whatever means "this machine" is the Pod itself.
 */
function createHosts({ file, podIp, hostname }) {
  let version = '';
  let names = new Map();

  /** A stat per look-up (microseconds) instead of a watcher that would keep a handle in every process. */
  function refresh() {
    if (!file) return;
    const stats = statSync(file, { throwIfNoEntry: false });
    if (!stats) return;
    const current = `${stats.ino}:${stats.mtimeMs}`;
    if (current === version) return;
    names = parseHosts(readFileSync(file, 'utf8'));
    version = current;
  }

  return {
    resolve(name) {
      const asked = name.toLowerCase().replace(/\.$/, '');
      if (LOOPBACK.has(asked) || asked === hostname) return [podIp];
      refresh();
      return names.get(asked) ?? underWildcard(names, asked);
    },
  };
}

/** What the longest wildcard (`*.example.com`) that covers the name leads to. @param {Map<string, string[]>} names @param {string} asked */
function underWildcard(names, asked) {
  for (let dot = asked.indexOf('.'); dot !== -1; dot = asked.indexOf('.', dot + 1)) {
    const found = names.get(`*${asked.slice(dot)}`);
    if (found) return found;
  }
  return undefined;
}

/** @param {string} text @returns {Map<string, string[]>} */
function parseHosts(text) {
  const names = new Map();
  for (const line of text.split('\n')) {
    const [address, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    for (const alias of aliases) {
      const addresses = names.get(alias) ?? [];
      if (address !== '-') addresses.push(address);
      names.set(alias, addresses);
    }
  }
  return names;
}

module.exports = { createHosts };
