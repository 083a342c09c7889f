/**
 * Listening to the shop: a stream of server-sent events, message by message. Not the browser's own EventSource, for that cannot say who is
 * signed in; and coming back after a stream has ended is left to the caller.
 */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { type HttpOptions, open } from './http.ts';
import { ApiError } from './problem.ts';

export interface ListeningOptions extends HttpOptions {
  /** Without a sign of life for so long the connection counts as lost. The shop gives one every ten seconds. Default 25 000. */
  silenceMs?: number;
  /** The first one comes with the answer. Default 8 000. */
  firstSilenceMs?: number;
}

export interface Place {
  /** Id of the last message that was heard; undefined to hear first how things are. */
  after: string | undefined;
  signal: AbortSignal;
}

/** Ends when the shop has nothing more to tell for now. Throws an ApiError when it cannot be heard, or cannot be heard any more. */
export type Listen = (path: string, place: Place) => AsyncGenerator<EventSourceMessage>;

export function createListening(options: ListeningOptions = {}): Listen {
  const { silenceMs = 25_000, firstSilenceMs = 8000 } = options;
  return async function* (path, { after, signal }) {
    const patience = createPatience();
    const ending = new AbortController();
    const messages: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => messages.push(message) });
    try {
      patience.wait(firstSilenceMs);
      const call = { accept: 'text/event-stream', lastEventId: after, signal: AbortSignal.any([signal, ending.signal]) };
      const { body } = await open(options, path, call, patience.signal);
      const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
        patience.wait(silenceMs);
        parser.feed(part.value);
        yield* messages.splice(0);
      }
    } catch (cause) {
      signal.throwIfAborted();
      throw cause instanceof ApiError ? cause : new ApiError(0, { failure: 'offline', cause });
    } finally {
      patience.end();
      ending.abort();
    }
  };
}

/** A signal that aborts when a wait took too long. */
function createPatience() {
  const out = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = () => clearTimeout(timer);
  return {
    signal: out.signal,
    end,
    wait(ms: number): void {
      end();
      timer = setTimeout(() => out.abort(), ms);
    },
  };
}
