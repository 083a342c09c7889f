/**
 * Loaded into each process of the system by NODE_OPTIONS: SIGUSR2 begins a CPU profile, the next one ends it and writes it to the folder that
 * HIKYAKU_PROFILES names. V8's `--cpu-prof` would record the whole life of a process, most of it the start.
 */
'use strict';
const { writeFileSync } = require('node:fs');
const { Session } = require('node:inspector');
const { join } = require('node:path');
const { isMainThread } = require('node:worker_threads');

const folder = process.env.HIKYAKU_PROFILES;
if (isMainThread && folder) {
  /** @type {Session | undefined} */
  let session;
  process.on('SIGUSR2', () => {
    if (session === undefined) {
      session = new Session();
      session.connect();
      session.post('Profiler.enable');
      session.post('Profiler.setSamplingInterval', { interval: 500 });
      session.post('Profiler.start');
      return;
    }
    const ended = session;
    session = undefined;
    ended.post('Profiler.stop', (error, result) => {
      // The folder appears with the name only once it is whole.
      if (!error) writeFileSync(join(folder, `${process.pid}.cpuprofile`), JSON.stringify(result.profile));
      ended.disconnect();
    });
  });
}
