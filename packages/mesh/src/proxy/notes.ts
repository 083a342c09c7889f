/** What parts of the proxy write down of a request for telemetry. Mostly somebody reads it; where nobody does, there is nowhere to write. */
import type { Exchange } from '../http/exchange.ts';
import type { Endpoint } from '../snapshot/snapshot.ts';
import { flag } from '../telemetry/response-flags.ts';
import type { ResponseFlag } from '../telemetry/response-flags.ts';

export function noteFlag({ notes }: Exchange, name: ResponseFlag): void {
  if (notes !== undefined) notes.flags |= flag(name);
}

export function noteAttempt({ notes }: Exchange, endpoint: Endpoint): void {
  if (notes === undefined) return;
  notes.upstream = endpoint;
  notes.attempts++;
}
