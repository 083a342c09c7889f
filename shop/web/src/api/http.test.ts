import { describe, expect, it, vi } from 'vitest';
import { integer, record } from './decode.ts';
import { createHttp, type HttpOptions } from './http.ts';
import { ApiError } from './problem.ts';

const stock = record<{ stock: number }>({ stock: integer });
const json = (status: number, body: unknown, type = 'application/json') =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers: { 'content-type': type } });

type Answer = Response | Error | 'never';

/** Answers in order; the last one again and again. */
function server(...answers: Answer[]) {
  return vi.fn<typeof fetch>((_url, init) => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Response) return Promise.resolve(answer.clone());
    if (answer instanceof Error) return Promise.reject(answer);
    return new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('aborted'))));
  });
}

const client = (fetch: typeof globalThis.fetch, options: HttpOptions = {}) =>
  createHttp({ fetch, retryDelaysMs: [1, 1], ...options });
/** One token, and those it is replaced by. */
const credentials = (token: string, ...others: string[]) => ({
  token: vi.fn(() => Promise.resolve(token)),
  replace: () => Promise.resolve(others.shift()),
});
const failureOf = async (call: Promise<unknown>) => {
  const error: unknown = await call.catch((caught: unknown) => caught);
  if (!(error instanceof ApiError)) throw new Error('expected an ApiError', { cause: error });
  return error;
};

describe('a call', () => {
  it('gives the decoded body', async () => {
    await expect(client(server(json(200, { stock: 3, more: true })))('/x', { decode: stock })).resolves.toEqual({ stock: 3 });
  });

  it('sends the token, the body and the Idempotency-Key', async () => {
    const fetch = server(json(200, { stock: 1 }));
    await client(fetch, { credentials: credentials('abc') })('/x', {
      method: 'POST',
      body: { a: 1 },
      idempotencyKey: 'k',
      decode: stock,
    });
    expect(fetch.mock.calls[0]?.[1]).toMatchObject({
      method: 'POST',
      body: '{"a":1}',
      headers: { authorization: 'Bearer abc', 'idempotency-key': 'k', 'content-type': 'application/json' },
    });
  });

  it('fails with what the service said', async () => {
    const problem = {
      title: 'Bad Request',
      detail: 'no',
      errors: [{ in: 'body', pointer: '#/email', detail: 'must be an address' }],
    };
    const error = await failureOf(client(server(json(400, problem, 'application/problem+json')))('/x', { decode: stock }));
    expect(error).toMatchObject({ status: 400, failure: undefined, outcomeIsUnknown: false });
    expect(error.problem.errors).toEqual([{ pointer: '#/email', detail: 'must be an address' }]);
  });

  it('fails with the status alone when the body is no problem', async () => {
    const error = await failureOf(client(server(json(403, '<h1>Forbidden</h1>', 'text/html')))('/x', { decode: stock }));
    expect(error).toMatchObject({ status: 403, problem: {} });
  });

  it.each([{ stock: 'many' }, [], 'not JSON'])('fails when the answer is not what was agreed: %j', async (body) => {
    const error = await failureOf(client(server(json(200, body)))('/x', { decode: stock }));
    expect(error.failure).toBe('unexpected-answer');
  });
});

describe('a token that is refused', () => {
  const sent = (fetch: ReturnType<typeof server>) =>
    fetch.mock.calls.map(([, init]) => new Headers(init?.headers).get('authorization'));

  it('is replaced, and the call made again, also a POST: it was not done', async () => {
    const fetch = server(json(401, {}), json(200, { stock: 1 }));
    const call = client(fetch, { credentials: credentials('old', 'new') })('/x', { method: 'POST', decode: stock });
    await expect(call).resolves.toEqual({ stock: 1 });
    expect(sent(fetch)).toEqual(['Bearer old', 'Bearer new']);
  });

  it('is a 401 when there is no other, or the other is refused, too', async () => {
    for (const others of [[], ['new']]) {
      const fetch = server(json(401, {}));
      const call = client(fetch, { credentials: credentials('old', ...others) })('/x', { decode: stock });
      expect(await failureOf(call)).toMatchObject({ status: 401 });
      expect(fetch).toHaveBeenCalledTimes(1 + others.length);
    }
  });

  it('is not asked for where none is needed', async () => {
    const [fetch, own] = [server(json(401, {})), credentials('old', 'new')];
    await failureOf(client(fetch, { credentials: own })('/x', { isPublic: true, decode: stock }));
    expect(sent(fetch)).toEqual([null]);
    expect(own.token).not.toHaveBeenCalled();
  });
});

describe('a lost answer', () => {
  it.each([
    ['the connection broke', new TypeError('fetch failed')],
    ['the gateway had nobody to ask', json(503, {})],
  ])('is asked for again: %s', async (_what, lost) => {
    const fetch = server(lost, json(200, { stock: 1 }));
    await expect(client(fetch)('/x', { decode: stock })).resolves.toEqual({ stock: 1 });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('is asked for again after a POST only with an Idempotency-Key', async () => {
    const withKey = server(new TypeError('fetch failed'));
    await failureOf(client(withKey)('/x', { method: 'POST', idempotencyKey: 'k', decode: stock }));
    expect(withKey).toHaveBeenCalledTimes(3);
    const withoutKey = server(new TypeError('fetch failed'));
    await failureOf(client(withoutKey)('/x', { method: 'POST', decode: stock }));
    expect(withoutKey).toHaveBeenCalledTimes(1);
  });

  it('leaves open whether the work was done', async () => {
    const error = await failureOf(client(server(new TypeError('fetch failed')))('/x', { decode: stock }));
    expect(error).toMatchObject({ status: 0, failure: 'offline', outcomeIsUnknown: true });
  });

  it('is told apart from one that is late', async () => {
    const error = await failureOf(client(server('never'), { timeoutMs: 5 })('/x', { decode: stock }));
    expect(error.failure).toBe('timeout');
  });

  it('is not asked for again once nobody wants it', async () => {
    const fetch = server('never');
    const abort = new AbortController();
    const call = client(fetch)('/x', { decode: stock, signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});
