/** What the services tell each other by events fits: from the AsyncAPI documents that they show of themselves. No service runs for this. */
import { contractProblems } from '@hikyaku/service/testing';
import { expect, test } from 'vitest';
import { createServices, unreachable } from '../testing/in-process.ts';

type Document = { info: { title: string }; operations: Record<string, { action: string }> };

test('every event that a service consumes is published by one, in a form that it can read', async () => {
  const services = Object.values(await createServices(() => unreachable));
  const answers = await Promise.all(services.map(({ http }) => http.inject('/asyncapi.json')));
  const documents = answers.flatMap((answer) => (answer.statusCode === 404 ? [] : [answer.json<Document>()]));
  const by = (wanted: string) =>
    documents
      .filter(({ operations }) => Object.values(operations).some(({ action }) => action === wanted))
      .map(({ info }) => info.title)
      .toSorted();
  // A service that subscribed without contracts would be missing here.
  const consumers = ['cart-service', 'notification-service', 'order-service', 'payment-service', 'product-service'];
  expect(by('receive')).toEqual(consumers);
  expect(by('send')).toEqual([...consumers, 'user-service']);
  expect(contractProblems(documents)).toEqual([]);
});
