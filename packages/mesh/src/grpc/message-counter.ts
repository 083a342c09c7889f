/**
 * Counts the messages of one direction of a gRPC call by their framing: a byte that says whether the message is compressed, four of its
 * length, and the message. Looks at nothing else, and at none of the bytes of a message.
 */
const prefixBytes = 5;

export class MessageCounter {
  count = 0;
  /** Of the prefix that is being read. */
  #prefixRead = 0;
  #length = 0;
  /** What is still to come of the message. */
  #left = 0;

  push(data: Uint8Array): void {
    for (let position = 0; position < data.length;) {
      if (this.#left > 0) {
        const passed = Math.min(this.#left, data.length - position);
        this.#left -= passed;
        position += passed;
      } else this.#readPrefix(data[position++] ?? 0);
    }
  }

  #readPrefix(byte: number): void {
    // The first says whether it is compressed.
    this.#length = this.#prefixRead === 0 ? 0 : this.#length * 256 + byte;
    if (++this.#prefixRead < prefixBytes) return;
    this.count++;
    this.#prefixRead = 0;
    this.#left = this.#length;
  }
}
