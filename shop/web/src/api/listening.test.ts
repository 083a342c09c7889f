import { describe, expect, it, vi } from 'vitest';
import { createListening } from './listening.ts';

const path = '/api/orders/1/events';
const open = () => new AbortController().signal;

/** A shop that sends these pieces and then ends, or says no more. */
function shop(pieces: string[], { end = true, status = 200 } = {}) {
  const left = vi.fn();
  const fetch = vi.fn<typeof globalThis.fetch>((_url, init) => {
    const bytes = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        init?.signal?.addEventListener('abort', () => {
          left();
          controller.error(init.signal?.reason);
        });
        for (const piece of pieces) controller.enqueue(bytes.encode(piece));
        if (end) controller.close();
      },
    });
    return Promise.resolve(new Response(status === 204 ? null : body, { status }));
  });
  return { fetch, left };
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of source) found.push(one);
  return found;
}

describe('listening', () => {
  it('gives message by message, however they are cut on the way', async () => {
    const { fetch } = shop([
      'retry: 800\n\nid: 1\nevent: or',
      'der\ndata: {"name":"',
      '茶"}\n\n:\n\nevent: saga\ndata: 2\n\n',
      'event: cut',
    ]);
    const messages = await all(createListening({ fetch })(path, { after: undefined, signal: open() }));
    expect(messages).toEqual([
      { id: '1', event: 'order', data: '{"name":"茶"}' },
      { id: undefined, event: 'saga', data: '2' },
    ]);
  });

  it('says who is signed in and what was heard last', async () => {
    const { fetch } = shop([]);
    const credentials = { token: () => Promise.resolve('abc'), replace: () => Promise.resolve(undefined) };
    await all(createListening({ fetch, credentials })(path, { after: '7', signal: open() }));
    expect(fetch.mock.calls[0]?.[1]?.headers).toEqual({
      accept: 'text/event-stream',
      authorization: 'Bearer abc',
      'last-event-id': '7',
    });
  });

  it('has nothing to give when there is nothing more to come', async () => {
    const { fetch } = shop([], { status: 204 });
    expect(await all(createListening({ fetch })(path, { after: '7', signal: open() }))).toEqual([]);
  });

  it('fails with what the shop says', async () => {
    const { fetch } = shop(['{"detail":"There is no such order."}'], { status: 404 });
    await expect(all(createListening({ fetch })(path, { after: undefined, signal: open() }))).rejects.toMatchObject({
      status: 404,
    });
  });

  it('takes silence for a lost connection, after the first message and before it', async () => {
    const { fetch } = shop([':\n\n'], { end: false });
    const listen = createListening({ fetch, silenceMs: 10 });
    await expect(all(listen(path, { after: undefined, signal: open() }))).rejects.toMatchObject({ failure: 'offline' });
    const mute = createListening({ fetch: shop([], { end: false }).fetch, firstSilenceMs: 10 });
    await expect(all(mute(path, { after: undefined, signal: open() }))).rejects.toMatchObject({ failure: 'offline' });
  });

  it('hangs up when nobody wants to hear more', async () => {
    const { fetch, left } = shop(['data: 1\n\n'], { end: false });
    for await (const message of createListening({ fetch })(path, { after: undefined, signal: open() })) {
      expect(message.data).toBe('1');
      break;
    }
    expect(left).toHaveBeenCalledOnce();
  });

  it('ends with the reason when it is aborted', async () => {
    const { fetch } = shop(['data: 1\n\n'], { end: false });
    const abort = new AbortController();
    const listening = all(createListening({ fetch })(path, { after: undefined, signal: abort.signal }));
    abort.abort(new Error('another page'));
    await expect(listening).rejects.toThrow('another page');
  });
});
