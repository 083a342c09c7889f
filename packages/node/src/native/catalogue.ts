/**
 * The servers hikyaku runs natively, by the name of their official image.
 */
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ResolvedImage } from '../images/image.ts';
import { postgres } from './postgres.ts';
import { ratelimit } from './ratelimit.ts';
import { redis } from './redis.ts';

const catalogue: Record<string, ResolvedImage> = {
  postgres: {
    kind: 'native',
    description: 'native postgres',
    entrypoint: ['docker-entrypoint.sh'],
    arguments: ['postgres'],
    cwd: homedir(),
    // Its clients, for hooks, probes and scripts.
    env: { PATH: fileURLToPath(new URL('../../tools/postgres', import.meta.url)) },
    // Fast shutdown; SIGTERM would wait until every client has gone.
    stopSignal: 'SIGINT',
    sources: [],
    native: postgres,
  },
  redis: {
    kind: 'native',
    description: 'native redis',
    entrypoint: ['docker-entrypoint.sh'],
    arguments: ['redis-server'],
    cwd: homedir(),
    env: {},
    stopSignal: 'SIGTERM',
    sources: [],
    native: redis,
  },
  ratelimit: {
    kind: 'native',
    description: 'the mesh itself',
    entrypoint: ['/bin/ratelimit'],
    arguments: [],
    cwd: homedir(),
    env: {},
    stopSignal: 'SIGTERM',
    sources: [],
    native: ratelimit,
  },
};

export const nativeImageNames = Object.keys(catalogue);

export function findNativeImage(name: string): ResolvedImage | undefined {
  return Object.hasOwn(catalogue, name) ? catalogue[name] : undefined;
}
