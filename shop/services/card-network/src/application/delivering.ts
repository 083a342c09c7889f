/**
 * Delivers webhooks until each has been acknowledged with a 2xx: with growing pauses, for as long as it takes. Those that become due together
 * are one request the first time; what was not acknowledged comes again on its own, so that one which the merchant cannot take does not hold up
 * the others. What has been noted survives the process; a delivery that was under way when it died is made again by the next one.
 */
export interface Webhook {
  /** Of the event, the same on every delivery. */
  id: string;
  /** Tells deliveries of one event apart. */
  copy: number;
  type: string;
  /** RFC 3339, when it happened. */
  createdAt: string;
  data: { key: string; id: string; state: string; amountYen: number; reason?: string; actionUrl?: string };
  /** Deliveries before this one. */
  attempts: number;
}

export interface WebhookQueue {
  /** Some of those that are due. They are not due again for half a minute, whoever asks. */
  take(): Promise<Webhook[]>;
  /** Forgets what was acknowledged, and puts off the rest. */
  settle(acknowledged: readonly Webhook[], unacknowledged: readonly { webhook: Webhook; againInMs: number }[]): Promise<void>;
  /** Milliseconds until the next one is due; undefined when there is none. */
  dueInMs(): Promise<number | undefined>;
}

export interface DeliveringOptions {
  queue: WebhookQueue;
  /** One request with all of them: whether it was acknowledged. Never rejects. */
  send: (webhooks: readonly Webhook[], signal: AbortSignal) => Promise<boolean>;
  random?: () => number;
}

export interface Delivering {
  /** There is a webhook that becomes due after so long. */
  expect(inMs: number): void;
  /** Delivers until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** One round takes what has gathered in so long: a request for each would cost both sides more than all the rest of it. */
const pauseMs = 100;
/** Finds what another process left behind. */
const longestPauseMs = 30_000;
const [firstRetryMs, longestRetryMs] = [1000, 60_000];

export function createDelivering({ queue, send, random = Math.random }: DeliveringOptions): Delivering {
  const alarm = createAlarm();
  return {
    expect: (inMs) => alarm.ring(Math.max(inMs, pauseMs)),
    run: async (signal) => {
      const stop = () => alarm.ring(0);
      signal.addEventListener('abort', stop, { once: true });
      while (!signal.aborted) {
        await round(signal);
        alarm.ring(Math.max(pauseMs, Math.min((await queue.dueInMs()) ?? longestPauseMs, longestPauseMs)));
        await alarm.wait();
      }
    },
  };

  async function round(signal: AbortSignal): Promise<void> {
    const webhooks = await queue.take();
    if (webhooks.length === 0) return;
    const outcomes = await Promise.all(
      requestsFor(webhooks).map(async (request) => ({ request, isDone: await send(request, signal) })),
    );
    const thatWere = (done: boolean) => outcomes.flatMap(({ request, isDone }) => (isDone === done ? request : []));
    await queue.settle(
      thatWere(true),
      thatWere(false).map((webhook) => ({ webhook, againInMs: retryMs(webhook, random()) })),
    );
  }
}

function requestsFor(webhooks: readonly Webhook[]): (readonly Webhook[])[] {
  const first = webhooks.filter(({ attempts }) => attempts === 0);
  const again = webhooks.filter(({ attempts }) => attempts > 0).map((webhook) => [webhook]);
  return first.length === 0 ? again : [first, ...again];
}

/** 1, 2, 4 … 60 seconds, half to the whole of it. */
function retryMs({ attempts }: Webhook, draw: number): number {
  return Math.round(Math.min(firstRetryMs * 2 ** attempts, longestRetryMs) * (0.5 + draw / 2));
}

/** A pause whose end can be brought forward. */
function createAlarm() {
  let endsAt = Infinity;
  let timer: NodeJS.Timeout | undefined;
  let { promise, resolve } = Promise.withResolvers<undefined>();
  return {
    ring: (inMs: number): void => {
      const at = Date.now() + inMs;
      if (at >= endsAt) return;
      endsAt = at;
      clearTimeout(timer);
      timer = setTimeout(resolve, inMs, undefined);
    },
    wait: async (): Promise<void> => {
      await promise;
      endsAt = Infinity;
      ({ promise, resolve } = Promise.withResolvers<undefined>());
    },
  };
}
