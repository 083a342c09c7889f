/**
 * Preloaded (--import) into a service under test: kills the process with SIGKILL exactly where the parent asked for, by what the kit tells on its
 * diagnostics channels. Nothing in the service knows of it. Only the first to come there counts, so a restarted process runs on.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Every property has to be the same in what is told; `phase` of a saga's step, or of an event. */
export type KillPoint = { readonly channel: 'hikyaku.saga' | 'hikyaku.bus' } & Readonly<Record<string, string>>;

let disarm: (() => void) | undefined;

function arm({ channel, ...wanted }: KillPoint): void {
  disarm?.();
  const onReached = (told: unknown): void => {
    const seen = flatten(told);
    if (!Object.entries(wanted).every(([name, value]) => seen[name] === value)) return;
    // In the middle of a compensation: its request is on the way. Everything before is synchronous, so it has at least been written.
    if (wanted.phase === 'in-compensate') setImmediate(end);
    else end();
  };
  subscribe(channel, onReached);
  disarm = () => unsubscribe(channel, onReached);
}

const end = (): void => void process.kill(process.pid, 'SIGKILL');

/** `{ phase, event: { type } }` as `{ phase, 'event.type' }`. */
function flatten(told: unknown, prefix = ''): Record<string, unknown> {
  if (typeof told !== 'object' || told === null) return {};
  return Object.fromEntries(
    Object.entries(told).flatMap(([name, value]) =>
      typeof value === 'object' ? Object.entries(flatten(value, `${prefix}${name}.`)) : [[`${prefix}${name}`, value]],
    ),
  );
}

process.on('message', (order: KillPoint | 'live on') => {
  if (order === 'live on') disarm?.();
  else arm(order);
  process.send?.('armed');
});
// The service ends when it is done, whether or not the parent still listens.
process.channel?.unref();
