/** Ends the process in order on SIGTERM and SIGINT: closes, then exits with 0. A second signal ends it at once. */
import type { Logger } from 'pino';

const exitCodeSignal = 128;
const signals = { SIGTERM: 15, SIGINT: 2 } as const;
const names = ['SIGTERM', 'SIGINT'] as const;

/** @returns has signals do what they did before: for a service that is closed while its process goes on. */
export function endOnSignal(log: Logger, close: () => Promise<void>): () => void {
  let isClosing = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isClosing) process.exit(exitCodeSignal + (signal === 'SIGINT' ? signals.SIGINT : signals.SIGTERM));
    isClosing = true;
    log.info({ signal }, 'closing');
    void close().finally(() => process.exit(0));
  };
  for (const signal of names) process.on(signal, onSignal);
  return () => {
    for (const signal of names) process.off(signal, onSignal);
  };
}
