/**
 * The servers hikyaku runs natively, by the name of their official image.
 */
import { homedir } from 'node:os';
import type { ResolvedImage } from '../images/image.ts';
import { postgres } from './postgres.ts';

const catalogue: Record<string, ResolvedImage> = {
  postgres: {
    kind: 'native',
    description: 'native postgres',
    entrypoint: ['docker-entrypoint.sh'],
    arguments: ['postgres'],
    cwd: homedir(),
    env: {},
    // Fast shutdown; SIGTERM would wait until every client has gone.
    stopSignal: 'SIGINT',
    sources: [],
    native: postgres,
  },
};

export const nativeImageNames = Object.keys(catalogue);

export function findNativeImage(name: string): ResolvedImage | undefined {
  return Object.hasOwn(catalogue, name) ? catalogue[name] : undefined;
}
