import type { Service, VirtualService } from '@hikyaku/resources';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { endpointSlice, gateway, service, virtualService } from '../testing/resources.ts';
import { compile } from './compile.ts';
import { share } from './diff.ts';
import { ListMemo } from './list-memo.ts';
import { memoized } from './memo.ts';
import type { RouteMemory } from './routes.ts';

interface Asking {
  warn: (message: string) => void;
  place: string;
  prices: ReadonlyMap<string, number>;
}

function counted() {
  const compute = vi.fn(({ names }: { names: string[] }, { prices, warn }: Asking) => {
    for (const name of names) if (!prices.has(name)) warn(`no ${name}`);
    return names.map((name) => prices.get(name) ?? 0);
  });
  return { compute, compiled: memoized(compute) };
}

const tea = { names: ['tea', 'bowl'] };
const prices = new Map([['tea', 3]]);
const quiet = () => undefined;

describe('compiles again', () => {
  const cases: [string, { names: string[] }, Partial<Asking>, number][] = [
    ['not when nothing changed', tea, { prices: new Map(prices) }, 1],
    ['not when something came that was not asked for', tea, { prices: new Map([...prices, ['cake', 5]]) }, 1],
    ['when an answer changed', tea, { prices: new Map([['tea', 4]]) }, 2],
    ['when there is an answer where there was none', tea, { prices: new Map([...prices, ['bowl', 9]]) }, 2],
    ['when another value of the context changed', tea, { place: 'shop' }, 2],
    ['when the resource is another object', { names: ['tea', 'bowl'] }, {}, 2],
  ];
  test.each(cases)('%s', (_, resource, change, calls) => {
    const { compute, compiled } = counted();
    const context = { warn: quiet, place: 'market', prices };
    compiled(tea, context);
    const next = { ...context, ...change };
    expect(compiled(resource, next)).toEqual(resource.names.map((name) => next.prices.get(name) ?? 0));
    expect(compute).toHaveBeenCalledTimes(calls);
  });

  test('when all of a Map was looked at', () => {
    const compute = vi.fn((_: object, context: Asking) => [...context.prices.keys()]);
    const compiled = memoized(compute);
    const context = { warn: quiet, place: 'market', prices };
    compiled(tea, context);
    expect(compiled(tea, { ...context, prices: new Map([...prices, ['cake', 5]]) })).toEqual(['tea', 'cake']);
  });
});

test('what is remembered for one place does not push out what is for another', () => {
  const { compute, compiled } = counted();
  for (const place of ['a', 'b', 'a', 'b']) compiled(tea, { warn: quiet, place, prices });
  expect(compute).toHaveBeenCalledTimes(2);
});

test('warnings are told every time', () => {
  const { compiled } = counted();
  const told: string[] = [];
  for (let time = 0; time < 2; time++) compiled(tea, { warn: (message) => told.push(message), place: 'market', prices });
  expect(told).toEqual(['no bowl', 'no bowl']);
});

describe('a system that changes', () => {
  const names = ['a', 'b', 'c'];
  const rule = fc.record({
    match: fc.array(fc.record({ uri: fc.record({ prefix: fc.constantFrom('/', '/x', '/y') }) }), { maxLength: 2 }),
    route: fc.array(fc.record({ destination: fc.record({ host: fc.constantFrom(...names, 'gone') }), weight: fc.nat(2) }), {
      minLength: 1,
      maxLength: 2,
    }),
  });
  const change = fc.oneof(
    fc.record({ kind: fc.constant('service' as const), name: fc.constantFrom(...names), port: fc.constantFrom(80, 81) }),
    fc.record({ kind: fc.constant('no-service' as const), name: fc.constantFrom(...names) }),
    fc.record({
      kind: fc.constant('rules' as const),
      name: fc.constantFrom('v', 'w'),
      hosts: fc.subarray(['*', 'a', 'b'], { minLength: 1 }),
      gateways: fc.subarray(['public', 'mesh']),
      http: fc.array(rule, { maxLength: 4 }),
    }),
  );

  test('compiles to what it compiles to when nothing of it is remembered', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
        const services = new Map<string, Service>();
        const rules = new Map<string, VirtualService>();
        const memory: RouteMemory = new ListMemo();
        for (const next of changes) {
          if (next.kind === 'service')
            services.set(next.name, service(next.name, { clusterIP: '127.96.0.1', port: next.port, portName: 'http' }));
          else if (next.kind === 'no-service') services.delete(next.name);
          else {
            const { name, hosts, gateways, http } = next;
            const before = rules.get(name);
            const written = virtualService(name, { hosts, gateways, http });
            rules.set(name, before === undefined ? written : share(before, written));
          }
          const resources = {
            gateways: [gateway('public')],
            services: [...services.values()],
            endpointSlices: [endpointSlice('a', [{ address: '127.16.0.1', port: 80 }])],
            pods: [],
            virtualServices: [...rules.values()],
          };
          expect(compile(resources, memory)).toEqual(compile(structuredClone(resources)));
        }
      }),
    );
  });
});
