/** What the services tell each other by events fits: from the AsyncAPI documents that they show of themselves. No service runs for this. */
import { contractProblems } from '@hikyaku/service/testing';
import { expect, test } from 'vitest';
import { createServices, unreachable } from '../testing/in-process.ts';

type Document = { info: { title: string }; channels: Record<string, object> };

test('every event that a service consumes is published by one, in a form that it can read', async () => {
  const services = Object.values(await createServices(() => unreachable));
  const answers = await Promise.all(services.map(({ http }) => http.inject('/asyncapi.json')));
  const documents = answers.flatMap((answer) => (answer.statusCode === 404 ? [] : [answer.json<Document>()]));
  expect(documents.map(({ info }) => info.title)).toContain('order-service');
  expect(documents.flatMap(({ channels }) => Object.keys(channels))).toContain('order.confirmed');
  expect(contractProblems(documents)).toEqual([]);
});
