/**
 * Active health checks: an endpoint is asked again and again whether it is well, as Envoy does it.
 *
 *   unknown ──first good answer──► healthy ──unhealthyThreshold bad ones, or one wrong status──► unhealthy
 *                                     ▲                                                             │
 *                                     └──────────────── healthyThreshold good ones ─────────────────┘
 *
 * An endpoint of which nothing is known yet gets requests; the first answer comes within the first round trip.
 */
import { request } from 'node:http';
import { connect } from 'node:net';
import type { HealthCheckPolicy } from '../snapshot/cluster-policies.ts';

/** `wrong`: it answered, with a status that is not expected. */
export type CheckResult = 'good' | 'wrong' | 'failed';

export class HealthChecker {
  readonly policy: HealthCheckPolicy;
  readonly #target: { address: string; port: number };
  readonly #onChange: (isHealthy: boolean) => void;
  #isHealthy: boolean | undefined;
  /** In a row, of the kind that would turn it. */
  #against = 0;
  #timer: NodeJS.Timeout | undefined;
  #abort = new AbortController();

  /** Begins at once. `onChange` is called when the endpoint turns. */
  constructor(target: { address: string; port: number }, policy: HealthCheckPolicy, onChange: (isHealthy: boolean) => void) {
    this.policy = policy;
    this.#target = target;
    this.#onChange = onChange;
    this.#check();
  }

  /** Calls nothing back any more. May be called twice. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  #check(): void {
    const ask = this.policy.http === undefined ? askTcp : askHttp;
    void ask(this.#target, this.policy, this.#abort.signal).then((result) => {
      if (this.#abort.signal.aborted) return;
      this.#judge(result);
      this.#timer = setTimeout(() => this.#check(), this.policy.intervalMs).unref();
    });
  }

  #judge(result: CheckResult): void {
    const isGood = result === 'good';
    if (this.#isHealthy === isGood) {
      this.#against = 0;
      return;
    }
    this.#against++;
    const { healthyThreshold, unhealthyThreshold } = this.policy;
    const isEnough = isGood
      ? this.#isHealthy === undefined || this.#against >= healthyThreshold
      : this.#against >= unhealthyThreshold;
    if (!isEnough && result !== 'wrong') return;
    const isNews = this.#isHealthy !== undefined || !isGood;
    this.#isHealthy = isGood;
    this.#against = 0;
    if (isNews) this.#onChange(isGood);
  }
}

type Ask = (target: { address: string; port: number }, policy: HealthCheckPolicy, signal: AbortSignal) => Promise<CheckResult>;

const askHttp: Ask = ({ address, port }, { http, timeoutMs }, signal) => {
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  const { path = '/', host = address, expectedStatuses = [] } = http ?? {};
  const asked = request({
    host: address,
    port,
    path,
    agent: false,
    signal,
    headers: { host, 'user-agent': 'hikyaku/health-check' },
  });
  const timer = setTimeout(() => asked.destroy(new Error('timed out')), timeoutMs);
  asked.once('response', ({ statusCode = 0 }) => {
    resolve(expectedStatuses.some(([from, to]) => statusCode >= from && statusCode <= to) ? 'good' : 'wrong');
    asked.destroy();
  });
  asked.on('error', () => resolve('failed'));
  asked.once('close', () => {
    clearTimeout(timer);
    resolve('failed');
  });
  asked.end();
  return promise;
};

const askTcp: Ask = ({ address, port }, { timeoutMs }, signal) => {
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  const socket = connect({ host: address, port, signal });
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  socket.once('connect', () => {
    resolve('good');
    socket.destroy();
  });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    clearTimeout(timer);
    resolve('failed');
  });
  return promise;
};
