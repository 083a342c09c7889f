// A Node program that calls one URL with `fetch`, as often and as many at a time as it is told over IPC, and says how long it took.
import process from 'node:process';

process.on('disconnect', () => process.exit());
process.on('message', async ({ url, count, concurrency }) => {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  let left = count;
  const call = async () => {
    while (left-- > 0) {
      const response = await fetch(url);
      if (response.status !== 200) throw new Error(`status ${response.status}`);
      await response.json();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, call));
  const { user, system } = process.cpuUsage(cpu);
  process.send({ ms: performance.now() - startedMs, cpuMs: (user + system) / 1000, residentBytes: process.memoryUsage().rss });
});
