/**
 * Bodies on their way and what may happen to them: the part of both mounts' conformance suite that is about streams.
 */
import type { IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { webCluster } from './mounts.ts';
import type { MountCases } from './mount-cases.ts';

export function describeStreaming({ by, mount, backend, call }: MountCases): void {
  describe('bodies on their way', () => {
    it('a body that nobody reads is not taken from the program', async () => {
      const held = Promise.withResolvers<IncomingMessage>();
      const slow = await backend((request, response) => {
        held.resolve(request);
        request.once('end', () => response.end('all of it'));
      });
      await mount().apply({ [webCluster]: [slow] });
      const totalBytes = 48 * 2 ** 20;
      const answer = call('/', { method: 'POST', bodyBytes: totalBytes });
      const request = await held.promise;
      const taken = await settled(async () => (await mount().tell({ kind: 'generated' })) as number);
      expect(taken).toBeLessThan(totalBytes / 2);
      request.resume();
      expect(await answer).toMatchObject({ status: 200, text: 'all of it' });
      expect(await mount().tell({ kind: 'generated' })).toBe(totalBytes);
    });

    it('a response that nobody reads is not taken from the upstream', async () => {
      const totalBytes = 48 * 2 ** 20;
      let sentBytes = 0;
      const generous = await backend((_request, response) => {
        const piece = Buffer.alloc(64 * 1024, 'y');
        const more = () => {
          while (sentBytes < totalBytes) {
            sentBytes += piece.length;
            if (!response.write(piece)) return void response.once('drain', more);
          }
          response.end();
        };
        more();
      });
      await mount().apply({ [webCluster]: [generous] });
      const answer = call('/', { pauseMs: 1_500, keepText: false });
      const sent = await settled(() => Promise.resolve(sentBytes));
      expect(sent).toBeLessThan(totalBytes / 2);
      expect(await answer).toMatchObject({ status: 200, sizeBytes: totalBytes });
    });

    it('a caller that gives up takes the request away from the upstream', async () => {
      const arrived = Promise.withResolvers<undefined>();
      const gone = Promise.withResolvers<undefined>();
      const silent = await backend((_request, response) => {
        response.once('close', () => gone.resolve(undefined));
        arrived.resolve(undefined);
      });
      await mount().apply({ [webCluster]: [silent] });
      const answer = call('/', { isAbortable: true });
      // A caller that gives up by the clock may do so before the request has left it, and then nothing ever arrives.
      await arrived.promise;
      await mount().tell({ kind: 'abort' });
      expect((await answer).error).toMatch(/AbortError/);
      await gone.promise;
    });

    it('an answer that breaks off is an error, never a short answer', async () => {
      const breaking = await backend((_request, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('half', () => response.destroy());
      });
      await mount().apply({ [webCluster]: [breaking] });
      const { error } = await call('/');
      expect(error).toMatch(/terminated|other side closed|ECONNRESET/);
    });
    it('trailers come behind the body', async () => {
      const summing = await backend((_request, response) => {
        response.writeHead(200, { trailer: 'x-sum, content-length' });
        response.write('1 + 2');
        response.addTrailers({ 'x-sum': '3', 'content-length': '99' });
        response.end();
      });
      await mount().apply({ [webCluster]: [summing] });
      const { status, text, trailers } = await call('/');
      expect({ status, text }).toEqual({ status: 200, text: '1 + 2' });
      // `fetch` shows none. What would change how the message is read goes no further.
      if (by === 'undici') expect(trailers).toEqual({ 'x-sum': '3' });
    });
  });
}

/** The value once it has begun to grow and no longer does. */
async function settled(read: () => Promise<number>): Promise<number> {
  let before = -1;
  for (;;) {
    const now = await read();
    if (now > 0 && now === before) return now;
    before = now;
    await wait(200);
  }
}
