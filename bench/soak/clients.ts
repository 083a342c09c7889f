/**
 * The callers of the soak, each at it until told to stop: those that behave, those that leave in the middle, and those that switch protocols.
 */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '../proxy/exchange.ts';
import type { Gate } from './gate.ts';

export interface Counts {
  answered: number;
  /** Answers other than 200, and connections that broke: the upstreams fail on purpose. */
  failed: number;
  left: number;
  tunnels: number;
}

const wellBehaved = 24;
export const callers = wellBehaved + 2;

export interface Callers {
  port: number;
  signal: AbortSignal;
  counts: Counts;
  /** For as many as `callers` says. */
  gate: Gate;
}

/** Resolves when all have stopped; the gate must be open for that. */
export async function runClients(given: Callers): Promise<void> {
  await Promise.all([...Array.from({ length: wellBehaved }, () => keepAsking(given)), keepLeaving(given), keepTunnelling(given)]);
}

async function keepAsking({ port, signal, counts, gate }: Callers): Promise<void> {
  let connection = new Connection(port);
  for (let turn = 0; !signal.aborted; turn += 1) {
    if (gate.isClosed) {
      connection.close();
      await gate.pass();
      connection = new Connection(port);
    }
    try {
      const { status } = await connection.get(`/${turn % 10}/${turn % 60}`);
      if (status === 200) counts.answered += 1;
      else counts.failed += 1;
    } catch {
      counts.failed += 1;
      connection = new Connection(port);
    }
    // A pause now and then: busy, not saturated.
    if (turn % 20 === 0) await delay(5);
  }
  connection.close();
}

async function keepLeaving({ port, signal, counts, gate }: Callers): Promise<void> {
  while (!signal.aborted) {
    await gate.pass();
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    const request =
      counts.left % 2 === 0
        ? 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
        : 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nhalf';
    socket.write(request);
    await delay(Math.random() * 20);
    if (counts.left % 3 === 0) socket.resetAndDestroy();
    else socket.destroy();
    counts.left += 1;
  }
}

async function keepTunnelling({ port, signal, counts, gate }: Callers): Promise<void> {
  while (!signal.aborted) {
    await gate.pass();
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.resume();
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await delay(30);
    socket.write('to be echoed');
    await delay(20);
    if (counts.tunnels % 2 === 0) socket.end();
    await delay(10);
    socket.destroy();
    counts.tunnels += 1;
  }
}
