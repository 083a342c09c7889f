/**
 * Which database errors mean "it is not there (yet)", and how to say so to a person. Everything else is an error of
 * the statement.
 */
import { givenUp } from './statement-limits.ts';

const byCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection lost',
  EPIPE: 'connection lost',
  ENOTFOUND: 'name not found',
  EAI_AGAIN: 'name not found',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'no answer',
  // SQLSTATEs: https://www.postgresql.org/docs/current/errcodes-appendix.html
  '57P01': 'the server is shutting down',
  '57P02': 'the server crashed and is recovering',
  '57P03': 'the server is starting up',
  '53300': 'too many connections',
  '3D000': 'the database does not exist yet',
  '28P01': 'password authentication failed',
  '28000': 'the role does not exist yet',
};

/** The driver says these in words only. */
const byMessage: readonly [pattern: RegExp, reason: string][] = [
  [/Connection terminated/, 'connection lost'],
  [/timeout (expired|exceeded)/, 'no answer'],
  [givenUp, 'no answer to a statement'],
  [/Client has encountered a connection error/, 'connection lost'],
];

/** Why the database cannot be reached, or `undefined` when the error is about something else. */
export function unreachableReason(error: unknown): string | undefined {
  // Happy eyeballs reports one error per address.
  if (error instanceof AggregateError) return unreachableReason(error.errors[0]);
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return byCode[code] ?? byMessage.find(([pattern]) => pattern.test(error.message))?.[1];
}

/** `postgres:5432 (connection refused)`. */
export function describeUnreachable(url: string, reason: string, defaultPort = 5432): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || defaultPort} (${reason})`;
}

/** "cached plan must not change result type": a table has changed since the statement was prepared. Nothing has been done yet. */
export const stalePlan = '0A000';

/** "prepared statement does not exist": the session was reset behind the driver's back, and will refuse all it had prepared. */
export const statementLost = '26000';

/** The SQLSTATE of a driver error. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.length === 5
    ? error.code
    : undefined;
}
