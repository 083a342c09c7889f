/** Consumer by consumer: what each service asks of another is what the other one offers. No service runs for this. */
import { globSync } from 'node:fs';
import path from 'node:path';
import { defineCall, Type, type HttpContract } from '@hikyaku/service';
import type { JsonSchema } from 'json-schema-faker';
import { describe, expect, test } from 'vitest';
import { createServices, unreachable } from '../testing/in-process.ts';
import { mismatches, type OpenApi } from './compatible.ts';

const folder = path.join(import.meta.dirname, '..', 'services');
const files = globSync('*/src/contracts/calls.ts', { cwd: folder }).toSorted();
const calls = await Promise.all(
  files.map(async (file) => {
    const contracts = (await import(path.join(folder, file))) as Record<string, unknown>;
    return Object.entries(contracts).flatMap(([name, contract]) =>
      isContract(contract) ? [{ consumer: file.split(path.sep)[0] ?? '', name, contract }] : [],
    );
  }),
);
const services: Record<string, { http: { inject(url: string): Promise<{ json(): unknown }> } } | undefined> =
  await createServices(() => unreachable);

function isContract(value: unknown): value is HttpContract {
  return typeof value === 'object' && value !== null && 'provider' in value && 'path' in value;
}

async function documentOf(provider: string): Promise<OpenApi> {
  const answer = await services[provider]?.http.inject('/openapi.json');
  if (answer === undefined) throw new Error(`there is no service ${provider}`);
  return answer.json() as OpenApi;
}

describe.each(calls.flat())('$consumer, $name: $contract.method $contract.path', ({ contract }) => {
  test(`is what ${contract.provider} offers`, async () => {
    expect(mismatches(contract, await documentOf(contract.provider))).toEqual([]);
  });
});

test('every service that calls another has its contracts here', () => {
  const consumers = new Set(calls.flat().map(({ consumer }) => consumer));
  expect([...consumers]).toEqual(['cart-service', 'notification-service', 'order-service', 'payment-service', 'user-service']);
});

describe('a contract that the provider does not keep', () => {
  const json = (schema: JsonSchema) => ({ content: { 'application/json': { schema } } });
  const document: OpenApi = {
    paths: {
      '/things/{id}': {
        put: {
          parameters: [{ name: 'dry', in: 'query', required: true, schema: { type: 'boolean' } }],
          requestBody: json({ type: 'object', required: ['price'], properties: { price: { type: 'integer', minimum: 0 } } }),
          responses: { '200': json({ type: 'object', required: ['id'], properties: { id: { type: 'string' } } }) },
        },
      },
    },
  };
  const kept = {
    provider: 'thing-service',
    method: 'PUT',
    path: '/things/:thing',
    query: Type.Object({ dry: Type.Boolean() }),
    body: Type.Object({ price: Type.Integer({ minimum: 0 }) }),
    response: Type.Object({ id: Type.String() }),
  } as const;

  test('is told from one that it does', () => {
    expect(mismatches(defineCall(kept), document)).toEqual([]);
  });

  test.each<[string, HttpContract, string]>([
    ['a path that is not there', { ...kept, path: '/thing/:id' }, 'there is no PUT /thing/{id}'],
    ['a method that is not there', { ...kept, method: 'GET' }, 'there is no GET /things/{thing}'],
    ['no query where one is required', { ...kept, query: Type.Object({}) }, 'the query'],
    ['a body of another shape', { ...kept, body: Type.Object({ price: Type.String() }) }, 'the body'],
    ['a body beyond a limit', { ...kept, body: Type.Object({ price: Type.Integer() }) }, 'the body'],
    ['a field that the answer has not', { ...kept, response: Type.Object({ name: Type.String() }) }, 'the answer'],
  ])('because of %s', (_what, contract, found) => {
    expect(mismatches(contract, document)).toEqual([expect.stringContaining(found)]);
  });
});
