/** Ports are checked before anything is started, so that a taken one is an error that names its holder and not half a system. */
import { createServer } from 'node:net';
import { Failure } from './failure.ts';
import { portHolder } from './processes.ts';

/** A port that the system will listen on. */
export interface WantedPort {
  /** 0 for any. */
  port: number;
  what: string;
  /** What chooses another. */
  option: string;
}

/** Two that want the same port would find it free and then take it from each other. */
export function assertPortsDiffer(wanted: readonly WantedPort[]): void {
  const clash = wanted.flatMap((one, index) =>
    wanted.slice(index + 1).flatMap((other) => (one.port === other.port && one.port !== 0 ? [[one, other] as const] : [])),
  )[0];
  if (clash === undefined) return;
  const [one, other] = clash;
  throw new Failure(
    `the ${one.what} and the ${other.what} cannot share port ${one.port}; choose another with ${one.option} or ${other.option}`,
  );
}

/** Throws a Failure that names the holder and the option that chooses another port. Port 0 (any) always passes. */
export async function assertPortFree({ port, what, option }: WantedPort): Promise<void> {
  for (const host of ['127.0.0.1', '::1']) {
    const code = await tryListen(port, host);
    if (code === 'EADDRINUSE') {
      const holder = portHolder(port);
      throw new Failure(
        `port ${port} for the ${what} is taken${holder === undefined ? '' : ` by ${holder}`}; stop it, or choose another with ${option}`,
      );
    }
    if (code === 'EACCES')
      throw new Failure(`no permission to listen on port ${port} for the ${what}; choose a port above 1023 with ${option}`);
  }
}

/** The error code of listening there, or undefined when it works (or the address family is not available). */
function tryListen(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
