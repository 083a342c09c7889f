/**
 * The one place where an error becomes an HTTP answer. The caller learns what it can act on; what went wrong inside
 * is in the log, under the same trace id.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ClientError } from '../client/client.ts';
import { sqlState, unreachableReason } from '../database/connection-error.ts';
import { GuardError } from '../resilience/guard.ts';
import { Problem, problem } from './problem.ts';

export function handleErrors(http: FastifyInstance): void {
  http.setErrorHandler((error, request, reply) => {
    const answer = problemOf(error);
    // A service that is not ready says so to every probe; that is an answer and no failure.
    const isFailure = answer.status >= 500 && request.routeOptions.config.operations !== true;
    if (isFailure) request.log.error({ err: error, status: answer.status }, answer.message);
    return sendProblem(reply, answer);
  });
  http.setNotFoundHandler((request: FastifyRequest, reply) =>
    sendProblem(reply, problem(404, { detail: `there is no ${request.method} ${request.url.split('?', 1)[0] ?? ''}` })),
  );
}

/** For requests that Fastify refuses before it looks for a route, such as one with an undecodable path. */
export function refuse(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  void sendProblem(reply, problemOf(error));
}

export function sendProblem(reply: FastifyReply, { status, headers, body }: Problem): FastifyReply {
  // As text, so that no response schema of the route reshapes it.
  return reply.code(status).headers(headers).type('application/problem+json').serializer(JSON.stringify).send(body);
}

/** SQLSTATE 22021. */
const characterNotInRepertoire = '22021';

/** What the caller is told of an error: also for an answer that tells of several things, some of which failed. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ClientError) return fromClient(error);
  if (error instanceof GuardError) return fromGuard(error);
  if (unreachableReason(error) !== undefined) return unavailable('the database cannot be reached', error);
  // Its text type holds every character but this one.
  if (sqlState(error) === characterNotInRepertoire)
    return problem(400, { detail: 'text must not contain the character U+0000', cause: error });
  if (isFastifyError(error) && error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return problem(error.statusCode, { detail: error.message, cause: error });
  return problem(500, { cause: error });
}

function fromClient(error: ClientError): Problem {
  if (error.code === 'CLIENT_UNREACHABLE' || error.status === 503)
    return unavailable(`${error.service} cannot be reached`, error);
  if (error.code === 'CLIENT_TIMEOUT') return problem(504, { detail: `${error.service} did not answer in time`, cause: error });
  return problem(502, { detail: `${error.service} gave an unexpected answer`, cause: error });
}

function fromGuard(error: GuardError): Problem {
  if (error.code === 'GUARD_TIMEOUT') return problem(504, { detail: error.message, cause: error });
  return unavailable(error.message, error);
}

/** 503 that asks to try again in a second. */
export const unavailable = (detail: string, cause?: unknown): Problem =>
  problem(503, { detail, headers: { 'retry-after': '1' }, ...(cause === undefined ? {} : { cause }) });

const isFastifyError = (error: unknown): error is FastifyError =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
