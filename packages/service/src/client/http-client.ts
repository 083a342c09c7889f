/**
 * The client on HTTP. Calls that may be repeated are, when the other side could not be reached or said it is
 * overloaded; everything else is the caller's decision.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { TSchema } from 'typebox';
import { compiled } from '../compiled.ts';
import type { ProblemBody } from '../http/problem.ts';
import { inSpan, SpanKind, traceHeaders } from '../telemetry/trace.ts';
import { ClientError, type CallSettings, type Client, type ClientOptions } from './client.ts';
import type { HttpContract } from './contract.ts';
import { exchange, ExchangeTimeout } from './exchange.ts';

const repeatableMethods = new Set(['GET', 'PUT', 'DELETE']);
const overloadedStatuses = new Set([502, 503, 504]);
const firstPauseMs = 50;

type Target = ClientOptions & { readonly service: string };
/** What a call gives its contract, whichever it is. */
type Request = CallSettings & {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
};

export function createClient(service: string, options: ClientOptions): Client {
  const target = { ...options, service };
  return {
    call: (contract, request) => {
      const { method, path } = contract;
      const attributes = { 'http.request.method': method, 'server.address': service };
      // The type of the answer follows from the contract's schema, which it is checked against.
      return inSpan(`${method} ${path}`, SpanKind.CLIENT, attributes, () => invoke(target, contract, request)) as Promise<never>;
    },
  };
}

async function invoke(target: Target, contract: HttpContract, call: Request): Promise<unknown> {
  const isRepeatable = repeatableMethods.has(contract.method) || call.idempotencyKey !== undefined;
  const attempts = target.attempts ?? 3;
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(target, contract, call);
    } catch (error) {
      if (!(error instanceof ClientError) || attempt >= attempts || !mayRepeat(error, isRepeatable) || call.signal?.aborted)
        throw error;
      await delay(firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random()), undefined, { signal: call.signal });
    }
  }
}

/** A connection that was refused carried nothing; any other failure may have had its effect. */
function mayRepeat({ code, status, cause }: ClientError, isRepeatable: boolean): boolean {
  if (code === 'CLIENT_UNREACHABLE') return isRepeatable || connectionCode(cause) === 'ECONNREFUSED';
  return isRepeatable && code === 'CLIENT_STATUS' && overloadedStatuses.has(status ?? 0);
}

async function once(
  { service, baseUrl, timeoutMs = 5000 }: Target,
  { method, path, response: wanted }: HttpContract,
  call: Request,
): Promise<unknown> {
  const { signal } = call;
  let status: number;
  let text: string;
  try {
    ({ status, text } = await exchange(urlFor(baseUrl, path, call), {
      method,
      headers: headersFor(call),
      timeoutMs: call.timeoutMs ?? timeoutMs,
      signal,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    }));
  } catch (cause) {
    if (cause instanceof ExchangeTimeout)
      throw new ClientError('CLIENT_TIMEOUT', `no answer to ${method} ${path} in time`, { service, cause });
    if (signal?.aborted) throw cause;
    throw new ClientError('CLIENT_UNREACHABLE', `${method} ${path}: ${connectionCode(cause) ?? 'connection failed'}`, {
      service,
      cause,
    });
  }
  if (status < 200 || status >= 300) {
    const problem = problemIn(text);
    throw new ClientError(
      'CLIENT_STATUS',
      `${method} ${path}: ${status}${problem?.detail === undefined ? '' : ` ${problem.detail}`}`,
      { service, status, problem },
    );
  }
  return wanted && parse(service, `${method} ${path}`, status, wanted, text);
}

function parse(service: string, what: string, status: number, schema: TSchema, text: string): unknown {
  const validator = compiled(schema);
  const value = json(text);
  if (validator.Check(value)) return value;
  const [first] = validator.Errors(value);
  throw new ClientError('CLIENT_RESPONSE', `${what}: #${first?.instancePath ?? ''} ${first?.message ?? 'does not fit'}`, {
    service,
    status,
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemIn(text: string): ProblemBody | undefined {
  const body = json(text);
  const isProblem = (value: unknown): value is ProblemBody =>
    typeof value === 'object' && value !== null && 'title' in value && 'status' in value;
  return isProblem(body) ? body : undefined;
}

function urlFor(baseUrl: string, path: string, { params = {}, query = {} }: Request): URL {
  const filled = path.replaceAll(/:(\w+)/g, (_match, name: string) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`${path} needs the parameter ${name}`);
    return encodeURIComponent(value);
  });
  const url = new URL(baseUrl.replace(/\/$/, '') + filled);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

function headersFor({ headers, body, token, idempotencyKey }: Request): Record<string, string> {
  return {
    accept: 'application/json',
    ...traceHeaders(),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    ...headers,
  };
}

/** Several addresses, several errors. */
function connectionCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) return connectionCode(error.errors[0]);
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return connectionCode(error.cause);
}
