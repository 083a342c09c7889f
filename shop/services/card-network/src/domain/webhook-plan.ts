/**
 * When the webhook of an event is sent, and how often: late, twice and out of order by configuration. Pure and deterministic: the
 * same seed and the same event give the same plan, so that a test can be repeated.
 */
import { createHash } from 'node:crypto';

export interface WebhookWeather {
  seed: number;
  /** Every delivery waits at least so long. */
  delayMs: number;
  /** This share (0 to 1) of the events is held back for `lateMs`, so that later events overtake them. */
  lateShare: number;
  lateMs: number;
  /** This share (0 to 1) of the events is delivered twice. */
  twiceShare: number;
}

/** The delay of each delivery of the event, in milliseconds; one or two of them. */
export function planWebhook(weather: WebhookWeather, event: string): number[] {
  const [late, twice, second] = draws(`${weather.seed} ${event}`);
  const first = weather.delayMs + (late < weather.lateShare ? weather.lateMs : 0);
  // The second one comes anywhere between "at the same time" and "as late as a late one".
  return twice < weather.twiceShare ? [first, weather.delayMs + Math.round(second * weather.lateMs)] : [first];
}

/** Three independent numbers in [0, 1). */
function draws(text: string): [number, number, number] {
  const digest = createHash('sha256').update(text).digest();
  const draw = (offset: number) => digest.readUInt32BE(offset) / 2 ** 32;
  return [draw(0), draw(4), draw(8)];
}
