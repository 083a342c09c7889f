/**
 * Preloaded (--import) into a service under test: kills the process with SIGKILL exactly where the parent asked for, by what the kit, Fastify, undici and
 * node:http2 tell on their diagnostics channels. Nothing in the service knows of it. Only the first to come there counts, so a restarted process runs on.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/**
 * Every other property is a path in what is told (`request.method`) and what has to be found there. In the path, `*` stands for each of several
 * (`items.*.type`): one of them has to be so, and of a list of values there has to be one for each. In the value it stands for anything but a slash.
 * What is told of the end of an HTTP/2 stream is its `requestHeaders`, too.
 */
export type KillPoint = { readonly channel: string } & Readonly<Record<string, string | readonly string[]>>;

/** In the middle of something: its request is on the way. Everything before is synchronous, so it has at least been written. */
const inTheMiddle: readonly unknown[] = ['in-compensate', 'under-way'];
const streamBegins = 'http2.server.stream.created';
const streamAnswers = 'http2.server.stream.finish';
/** Node tells these only when the stream begins. */
const requestHeaders = new WeakMap<object, unknown>();
let disarm: (() => void) | undefined;

function arm({ channel, ...wanted }: KillPoint): void {
  disarm?.();
  const expected = Object.entries(wanted).flatMap(([path, values]) =>
    [values].flat().map((value) => ({ path: path.split('.'), pattern: patternOf(value) })),
  );
  const onReached = (told: unknown): void => {
    if (!expected.every(({ path, pattern }) => found(told, path).some((value) => pattern.test(String(value))))) return;
    if (inTheMiddle.includes(wanted.phase)) setImmediate(end);
    else end();
  };
  if (channel === streamAnswers) subscribe(streamBegins, remember);
  subscribe(channel, onReached);
  disarm = () => {
    unsubscribe(channel, onReached);
    unsubscribe(streamBegins, remember);
  };
}

const end = (): void => void process.kill(process.pid, 'SIGKILL');

function remember(told: unknown): void {
  const [stream] = found(told, ['stream']);
  if (isObject(stream)) requestHeaders.set(stream, found(told, ['headers'])[0]);
}

/** What there is at the path: nothing, one, or several where it says `*`. */
function found(told: unknown, [name, ...rest]: readonly string[]): unknown[] {
  if (name === undefined) return told === undefined ? [] : [told];
  if (!isObject(told)) return [];
  if (name === '*') return Array.isArray(told) ? told.flatMap((one) => found(one, rest)) : [];
  const stream: unknown = Reflect.get(told, 'stream');
  const isHeaders = name === 'requestHeaders' && isObject(stream);
  return found(isHeaders ? requestHeaders.get(stream) : Reflect.get(told, name), rest);
}

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

const patternOf = (value: string): RegExp =>
  new RegExp(`^${value.replaceAll(/[.*+?^${}()|[\]\\/]/g, (sign) => (sign === '*' ? '[^/]*' : `\\${sign}`))}$`);

process.on('message', (order: KillPoint | 'live on') => {
  if (order === 'live on') disarm?.();
  else arm(order);
  process.send?.('armed');
});
// Nothing outlives the test, however that ends.
process.on('disconnect', end);
// The service ends when it is done, whether or not the parent still listens.
process.channel?.unref();
