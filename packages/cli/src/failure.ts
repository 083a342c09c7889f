/** An error meant for the person at the terminal: printed as it is, without a stack. */
export class Failure extends Error {
  /** Process exit code, 1 unless said otherwise. */
  readonly exitCode: number;

  constructor(message: string, options?: ErrorOptions & { exitCode?: number }) {
    super(message, options);
    this.name = 'Failure';
    this.exitCode = options?.exitCode ?? 1;
  }
}
