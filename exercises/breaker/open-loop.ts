/**
 * An open loop: requests start at a fixed rate, whether or not the earlier ones were answered, as people do. A closed loop would slow
 * down with the system under test and hide what happens to it.
 */
import { setTimeout as delay } from 'node:timers/promises';

export interface Answer {
  /** Seconds from the start of the loop to the start of the request. */
  at: number;
  latencyMs: number;
  /** 0: none, the connection failed. */
  status: number;
}

export interface OpenLoop {
  url: string;
  perSecond: number;
  signal: AbortSignal;
}

/** Resolves with all answers when the signal has aborted and the last request has ended. */
export async function openLoop({ url, perSecond, signal }: OpenLoop): Promise<Answer[]> {
  const answers: Answer[] = [];
  const running = new Set<Promise<void>>();
  const startedAt = performance.now();
  for (let sent = 0; !signal.aborted; sent++) {
    const dueMs = (sent * 1000) / perSecond;
    const waitMs = startedAt + dueMs - performance.now();
    if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined);
    const request = ask(url, dueMs, startedAt).then((answer) => void answers.push(answer));
    running.add(request);
    void request.finally(() => running.delete(request));
  }
  await Promise.all(running);
  return answers.sort((one, other) => one.at - other.at);
}

/** Latency counts from the moment the request was due, so that a client that falls behind shows it. */
async function ask(url: string, dueMs: number, startedAt: number): Promise<Answer> {
  const status = await fetch(url).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status;
    },
    () => 0,
  );
  return { at: dueMs / 1000, latencyMs: performance.now() - startedAt - dueMs, status };
}
