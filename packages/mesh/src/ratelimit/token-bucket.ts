/**
 * A token bucket that fills as time passes, worked out when it is asked: no timer, and the same cost however long it was idle. Like
 * Envoy's it fills evenly over the interval, not at its end.
 */
import type { TokenBucketSettings } from '../snapshot/protection.ts';

export class TokenBucket {
  readonly settings: TokenBucketSettings;
  #tokens: number;
  #filledAtMs: number;

  /** Begins full. `nowMs` is monotonic, here as everywhere. */
  constructor(settings: TokenBucketSettings, nowMs: number) {
    this.settings = settings;
    this.#tokens = settings.maxTokens;
    this.#filledAtMs = nowMs;
  }

  /** Takes a token, if there is one. */
  take(nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Whole tokens that are left. */
  remaining(nowMs: number): number {
    this.#fill(nowMs);
    return Math.floor(this.#tokens);
  }

  /** Until there is a token again; 0 when there is one. */
  nextTokenMs(nowMs: number): number {
    this.#fill(nowMs);
    return Math.max(0, 1 - this.#tokens) / this.#perMs;
  }

  /** Until it is full again. */
  fullMs(nowMs: number): number {
    this.#fill(nowMs);
    return (this.settings.maxTokens - this.#tokens) / this.#perMs;
  }

  get #perMs(): number {
    return this.settings.tokensPerFill / this.settings.fillIntervalMs;
  }

  #fill(nowMs: number): void {
    if (nowMs <= this.#filledAtMs) return;
    this.#tokens = Math.min(this.settings.maxTokens, this.#tokens + (nowMs - this.#filledAtMs) * this.#perMs);
    this.#filledAtMs = nowMs;
  }
}
