/**
 * Lets the callers of the soak work or holds them. Each comes to the gate between two of its turns, so that when all of them wait there,
 * none has anything under way.
 */
export class Gate {
  readonly #callers: number;
  /** While the gate is closed. */
  #closed: { opened: PromiseWithResolvers<undefined>; allWait: PromiseWithResolvers<undefined>; waiting: number } | undefined;

  constructor(callers: number) {
    this.#callers = callers;
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  async pass(): Promise<void> {
    const closed = this.#closed;
    if (closed === undefined) return;
    closed.waiting += 1;
    if (closed.waiting === this.#callers) closed.allWait.resolve(undefined);
    await closed.opened.promise;
  }

  /** Resolves when all callers wait. */
  async close(): Promise<void> {
    this.#closed ??= { opened: Promise.withResolvers(), allWait: Promise.withResolvers(), waiting: 0 };
    await this.#closed.allWait.promise;
  }

  open(): void {
    this.#closed?.opened.resolve(undefined);
    this.#closed = undefined;
  }
}
