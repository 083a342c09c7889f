/**
 * The consistent-hash balancers behind their tables: ring and maglev differ in how a hash finds its endpoint, and in nothing else.
 */
import type { HashKey } from '../snapshot/cluster-policies.ts';
import type { BalancedRequest, Balancer, Candidate, Choice } from './balancer.ts';
import { hashKeyOf } from './hash-key.ts';
import { hash53 } from './xxhash64.ts';

/** The endpoints in the order in which they should take a hash, the owner first; may name one more than once. */
export type HashTable<T> = (hash: number) => Iterable<T>;

export class HashBalancer<T extends Candidate> implements Balancer<T> {
  readonly #key: HashKey;
  readonly #random: () => number;
  readonly #build: () => HashTable<T>;
  /** Built when the first request comes: most clusters of a system see none for a long time. */
  #table: HashTable<T> | undefined;

  constructor(key: HashKey, build: () => HashTable<T>, random: () => number) {
    this.#key = key;
    this.#build = build;
    this.#random = random;
  }

  pick({ endpoints }: Choice<T>, request?: BalancedRequest): T | undefined {
    const key = request && hashKeyOf(this.#key, request);
    if (key === undefined) return endpoints[Math.floor(this.#random() * endpoints.length)];
    this.#table ??= this.#build();
    // Whose turn it would be but is not open hands over to the next: all other keys stay where they are.
    for (const endpoint of this.#table(hash53(key))) if (endpoints.includes(endpoint)) return endpoint;
    // A table has places for the weights there are; one too light to have any is still better than none.
    return endpoints[0];
  }
}
