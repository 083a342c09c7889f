/**
 * The points of requests: before one is handled, when it has been and is not answered, and when it was answered and the caller has not noted it. What services
 * ask each other comes from their contracts.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stockContract } from '../../shop/contracts/src/stock.ts';
import * as orderCalls from '../../shop/services/order-service/src/contracts/calls.ts';
import * as paymentCalls from '../../shop/services/payment-service/src/contracts/calls.ts';
import type { KillPoint } from '../support/kill-point.ts';
import type { ServiceName } from '../support/shop-processes.ts';
import type { Wish } from './buyers.ts';
import { row, type Row } from './row.ts';

/** Before the handler of a request, and between what it did and the answer. */
export const around = (service: ServiceName, route: string, ...wishes: Wish[]): Row[] => [
  row(service, `before ${route}`, handler('start', route), ...wishes),
  row(service, `after ${route}, before its answer`, handler('asyncStart', route), ...wishes),
];

function handler(event: 'start' | 'asyncStart', route: string): KillPoint {
  const [method = '', url = ''] = route.split(' ');
  return {
    channel: `tracing:fastify.request.handler:${event}`,
    'request.method': method,
    'request.routeOptions.url': url,
  };
}

/** The other side has done it and said so; nothing of that is noted here. */
const answered = (service: ServiceName, request: string, ...wishes: Wish[]): Row => {
  const [method = '', path = ''] = request.split(' ');
  const point = { channel: 'undici:request:headers', 'request.method': method, 'request.path': path.replaceAll(/:[^/]+/g, '*') };
  return row(service, `between the answer to ${request} and the note of it`, point, ...wishes);
};

type Call = { readonly name: string; readonly service: ServiceName; readonly route: string };

/** What the service asks of others that changes something, or may. A contract that nothing is asked by is of no interest. */
const callsOf = (caller: ServiceName, contracts: Readonly<Record<string, unknown>>): Call[] =>
  Object.entries(contracts).flatMap(([name, call]) => {
    if (!isCall(call) || call.method === 'GET' || !isNamedIn(caller, name)) return [];
    // Services are named like their folders.
    const service = call.provider.replace(/-service$/, '') as ServiceName;
    return [{ name, service, route: `${call.method} ${call.path}` }];
  });

const isCall = (value: unknown): value is { provider: string; method: string; path: string } =>
  typeof value === 'object' && value !== null && 'provider' in value && 'method' in value && 'path' in value;

/** Whether an adapter of the service has the word. */
function isNamedIn(service: ServiceName, word: string): boolean {
  const adapters = fileURLToPath(new URL(`../../shop/services/${service}-service/src/adapters/`, import.meta.url));
  const files = globSync('**/*.ts', { cwd: adapters }).filter((file) => !file.endsWith('.test.ts'));
  return files.some((file) => new RegExp(`\\b${word}\\b`).test(readFileSync(path.join(adapters, file), 'utf8')));
}

/** Who leads to a call of that name; where there may be several, several. */
function wishesFor(call: string): Wish[] {
  if (/refund|release/i.test(call)) return ['unshippable', 'bought', 'unshippable'];
  return /void/i.test(call) ? ['withdrawn'] : ['bought', 'declined', 'bought'];
}

/** The methods of the contract for stock. */
const stockMethods = [...readFileSync(stockContract.proto, 'utf8').matchAll(/^\s*rpc (\w+)/gm)]
  .map(([, name = '']) => name)
  .filter((name) => isNamedIn('order', name));

function aroundRpc(method: string): Row[] {
  const name = `/${stockContract.service}/${method}`;
  const [begins, answers] = [
    { channel: 'http2.server.stream.start', 'headers.:path': name },
    { channel: 'http2.server.stream.finish', 'requestHeaders.:path': name },
  ];
  return [
    row('product', `before ${method}`, begins, ...wishesFor(method)),
    row('product', `after ${method}, before its answer`, answers, ...wishesFor(method)),
  ];
}

const [callsOfOrders, callsOfPayments] = [callsOf('order', orderCalls), callsOf('payment', paymentCalls)];

export const ofRequests: readonly Row[] = [
  ...around('user', 'POST /users', 'newcomer'),
  ...around('user', 'POST /auth/token', 'newcomer'),
  ...around('cart', 'PUT /cart/items/:productId', 'newcomer'),
  ...around('order', 'POST /orders', 'bought'),
  ...around('payment', 'POST /webhooks/card-network', 'bought'),
  answered('card-network', 'POST /webhooks/card-network', 'bought'),
  ...[...callsOfOrders, ...callsOfPayments].flatMap(({ name, service, route }) => around(service, route, ...wishesFor(name))),
  ...stockMethods.flatMap(aroundRpc),
  ...callsOfPayments.map(({ name, route }) => answered('payment', route, ...wishesFor(name))),
];
