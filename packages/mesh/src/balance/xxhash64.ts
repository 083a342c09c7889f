/**
 * xxHash64 with seed 0, the hash Envoy's consistent-hash balancers use. Written here because the packages that have it are either
 * WebAssembly, which loads asynchronously, or native; the test holds it against one of them.
 */

const prime1 = 0x9e3779b185ebca87n;
const prime2 = 0xc2b2ae3d27d4eb4fn;
const prime3 = 0x165667b19e3779f9n;
const prime4 = 0x85ebca77c2b2ae63n;
const prime5 = 0x27d4eb2f165667c5n;

/** Of the text as UTF-8. */
export function xxHash64(text: string): bigint {
  const input = Buffer.from(text);
  let position = 0;
  let hash = prime5;
  if (input.length >= 32) {
    const lanes: [bigint, bigint, bigint, bigint] = [wrap(prime1 + prime2), prime2, 0n, wrap(-prime1)];
    for (; position + 32 <= input.length; position += 32) {
      for (let lane = 0; lane < 4; lane++) lanes[lane] = round(lanes[lane] ?? 0n, input.readBigUInt64LE(position + lane * 8));
    }
    const [a, b, c, d] = lanes;
    hash = wrap(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n));
    for (const lane of lanes) hash = wrap((hash ^ round(0n, lane)) * prime1 + prime4);
  }
  hash = wrap(hash + BigInt(input.length));
  return avalanche(absorbRest(hash, input, position));
}

/** The upper 53 bits, which a number holds exactly. */
export function hash53(text: string): number {
  return Number(xxHash64(text) >> 11n);
}

/** What is left behind the last whole stripe: eight bytes at a time, then four, then one. */
function absorbRest(begun: bigint, input: Buffer, from: number): bigint {
  let hash = begun;
  let position = from;
  for (; position + 8 <= input.length; position += 8)
    hash = wrap(rotate(hash ^ round(0n, input.readBigUInt64LE(position)), 27n) * prime1 + prime4);
  if (position + 4 <= input.length) {
    hash = wrap(rotate(hash ^ wrap(BigInt(input.readUInt32LE(position)) * prime1), 23n) * prime2 + prime3);
    position += 4;
  }
  for (; position < input.length; position++)
    hash = wrap(rotate(hash ^ wrap(BigInt(input[position] ?? 0) * prime5), 11n) * prime1);
  return hash;
}

function avalanche(hash: bigint): bigint {
  const first = wrap((hash ^ (hash >> 33n)) * prime2);
  const second = wrap((first ^ (first >> 29n)) * prime3);
  return second ^ (second >> 32n);
}

function round(lane: bigint, input: bigint): bigint {
  return wrap(rotate(wrap(lane + input * prime2), 31n) * prime1);
}

function rotate(value: bigint, bits: bigint): bigint {
  return wrap(value << bits) | (value >> (64n - bits));
}

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}
