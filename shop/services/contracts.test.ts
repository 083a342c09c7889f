/** What the services tell each other by events fits: from the documents that they show of themselves. */
import { globSync } from 'node:fs';
import { contractProblems } from '@hikyaku/service/testing';
import { expect, test } from 'vitest';
import type { createOrderService } from './order-service/src/order-service.ts';

type Create = typeof createOrderService;
type Document = { info: { title: string }; channels: Record<string, object> };

/** Enough to be created; nothing here is started. */
const env = {
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  BROKER_URL: 'postgres://127.0.0.1:1/none',
  LOG_LEVEL: 'silent',
  CARD_NETWORK_API_KEY: 'none',
  CARD_NETWORK_WEBHOOK_SECRET: 'none',
};

async function documentOf(file: string): Promise<Document> {
  const module = (await import(new URL(file, import.meta.url).href)) as Record<string, Create>;
  const [create] = Object.entries(module).flatMap(([name, value]) => (/^create\w+Service$/.test(name) ? [value] : []));
  if (!create) throw new Error(`${file} exports no create…Service`);
  const service = await create(env);
  const { payload } = await service.http.inject('/asyncapi.json');
  return JSON.parse(payload) as Document;
}

test('every event that a service consumes is published by one, in a form that it can read', async () => {
  const files = globSync('*-service/src/*-service.ts', { cwd: import.meta.dirname });
  const documents = await Promise.all(files.map(documentOf));
  expect(documents.map(({ info }) => info.title)).toContain('order-service');
  expect(documents.flatMap(({ channels }) => Object.keys(channels))).toContain('order.confirmed');
  expect(contractProblems(documents)).toEqual([]);
});
