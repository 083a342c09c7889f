import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MessageCounter } from './message-counter.ts';

function framed(message: Uint8Array, isCompressed = false): Buffer {
  const prefix = Buffer.alloc(5, isCompressed ? 1 : 0);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function countOf(...pieces: Uint8Array[]): number {
  const counter = new MessageCounter();
  for (const piece of pieces) counter.push(piece);
  return counter.count;
}

test('empty messages count, and what looks like a prefix inside a message does not', () => {
  expect(countOf(framed(Buffer.alloc(0)), framed(framed(Buffer.alloc(10))), framed(Buffer.from('z'), true))).toBe(3);
});

test('a message counts once its prefix is there', () => {
  expect(countOf(Buffer.alloc(4))).toBe(0);
  expect(countOf(framed(Buffer.alloc(70_000)).subarray(0, 6))).toBe(1);
});

test('however the bytes are cut', () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 12 });
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (sent, sizes) => {
      const bytes = Buffer.concat(sent.map((message) => framed(message)));
      const counter = new MessageCounter();
      for (let start = 0, turn = 0; start < bytes.length; turn++) {
        const end = start + (sizes[turn % sizes.length] ?? 1);
        counter.push(bytes.subarray(start, end));
        start = end;
      }
      expect(counter.count).toBe(sent.length);
    }),
  );
});
