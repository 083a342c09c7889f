/**
 * How long a statement may take, as options of a connection. The server ends one that takes too long, so that it lets go of its locks; a server that does not even
 * do that (it hangs, or the machine is gone) is given up a moment later, and with it the connection, which nobody would get back otherwise.
 */

/** Of the bus and the sagas; of a service's own statements the default. */
export const defaultStatementTimeoutMs = 30_000;

/** For the server's own answer that it was too long. */
const graceMs = 1000;

/** The driver's message when a server was given up. */
export const givenUp = /^Query read timeout$/;

/** For node-postgres. @param timeoutMs 0 is no limit */
export const statementLimits = (timeoutMs = defaultStatementTimeoutMs): { statement_timeout?: number; query_timeout?: number } =>
  timeoutMs === 0 ? {} : { statement_timeout: timeoutMs, query_timeout: timeoutMs + graceMs };
