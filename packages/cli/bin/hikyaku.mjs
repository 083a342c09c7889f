#!/usr/bin/env -S node --max-semi-space-size=2
// Starts the CLI on the pinned Node, with a small young generation: the supervisor keeps little, and what V8 would reserve for it stays
// with the services. It is plain JavaScript so that an older Node can at least get this far and hand over.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import module from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

if (Number(process.versions.node.split('.')[0]) >= 24) {
  module.enableCompileCache?.();
  await import('../src/main.ts');
} else {
  const require = module.createRequire(import.meta.url);
  const node = require.resolve('node/bin/node');
  const child = spawn(node, ['--max-semi-space-size=2', fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // This process outlives the other, so that whoever waits for it sees the end; what is sent to it alone is passed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const [code, signal] = await once(child, 'exit');
  if (signal !== null) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  process.exitCode = code ?? 1;
}
