import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { createService, defineEvent, EventRefused, on, onBatch, Type, type CloudEvent, type TSchema } from '../index.ts';
import { contractProblems } from '../testing/index.ts';
import { dispatching, encodeData } from './contract.ts';

const placed = defineEvent({
  type: 'order.placed',
  data: Type.Object({ orderId: Type.String(), totalYen: Type.Integer({ minimum: 0 }), note: Type.Optional(Type.String()) }),
  summary: 'An order was placed.',
});
const event = (changes: Partial<CloudEvent>): CloudEvent => ({
  specversion: '1.0',
  id: '1',
  source: '/orders',
  type: 'order.placed',
  time: '2026-01-02T03:04:05Z',
  datacontenttype: 'application/json',
  dataschema: placed.dataschema,
  data: { orderId: 'a', totalYen: 1 },
  ...changes,
});

/** The specification's own schema. */
const asyncApiSchema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object;
const validate = new Ajv({ strict: false, validateFormats: false }).compile(asyncApiSchema);

/** Never used: the listeners here write nothing. */
const tx = {
  kind: 'transaction',
  query: () => Promise.resolve([]),
  one: () => Promise.resolve(undefined),
  send: () => undefined,
  beforeNext: () => undefined,
  afterCommit: () => undefined,
} as const;

describe('what is published', () => {
  it('has what the contract names and nothing else', () => {
    const data = { orderId: 'a', totalYen: 1, note: undefined, cardNumber: '4242' };
    expect(encodeData(placed, data)).toEqual({ orderId: 'a', totalYen: 1 });
  });

  it('is refused with the places that do not fit', () => {
    expect(() => encodeData(placed, { orderId: 1, totalYen: -1 })).toThrow(
      'order.placed (version 1) cannot be published: #/orderId must be string; #/totalYen must be >= 0',
    );
    expect(() => encodeData(placed, undefined)).toThrow('cannot be published');
  });
});

describe('what is consumed', () => {
  const seen: unknown[] = [];
  const second = defineEvent({ ...placed, version: 2, data: Type.Object({ id: Type.String() }) });
  const note = (event: { data: unknown }) => Promise.resolve(void seen.push(event.data));
  const handlingOf = dispatching('mails', [on(placed, note), on(second, note)]);
  const handle = async (...events: CloudEvent[]): Promise<void> => {
    for (const { run } of handlingOf(events)) await run(tx);
  };

  it('goes to the listener for its version, with what was added since', async () => {
    await handle(event({ data: { orderId: 'a', totalYen: 1, addedLater: true } }));
    await handle(event({ dataschema: second.dataschema, data: { id: 'b' } }));
    expect(seen.splice(0)).toEqual([{ orderId: 'a', totalYen: 1, addedLater: true }, { id: 'b' }]);
  });

  it('is taken as version 1 when it names no version', async () => {
    const { dataschema, ...unnamed } = event({});
    expect(dataschema).toBe('urn:hikyaku:event:order.placed:1');
    await handle(unnamed);
    expect(seen.splice(0)).toEqual([{ orderId: 'a', totalYen: 1 }]);
  });

  it.each([
    [
      'a version nobody understands',
      { dataschema: 'urn:hikyaku:event:order.placed:3' },
      'mails understands order.placed in version 1 and 2, not as urn:hikyaku:event:order.placed:3',
    ],
    ['data that is not what was agreed', { data: { totalYen: '1' } }, 'order.placed (version 1) has other data than expected'],
  ])('is refused for good: %s', async (_what, changes, reason) => {
    const refused = await handle(event(changes)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(EventRefused);
    expect(String(refused)).toContain(reason);
    expect(seen).toEqual([]);
  });
});

describe('what is consumed in batches', () => {
  const shipped = defineEvent({ ...placed, type: 'order.shipped' });
  const seen: unknown[] = [];
  const orders = (events: readonly { data: { orderId: string } }[]) => events.map(({ data }) => data.orderId);
  const handlingOf = dispatching('stock', [
    onBatch(placed, (events) => Promise.resolve(void seen.push(orders(events)))),
    on(shipped, ({ data }) => Promise.resolve(void seen.push(data.orderId))),
  ]);
  const of = ({ type, dataschema }: typeof placed, orderId: string) =>
    event({ type, dataschema, data: { orderId, totalYen: 1 } });

  it('is handled in one go where the listener takes several, and tells which events that are', async () => {
    const handlings = handlingOf([of(placed, 'a'), of(shipped, 'b'), of(placed, 'c'), of(shipped, 'd')]);
    for (const { run } of handlings) await run(tx);
    expect(seen.splice(0)).toEqual([['a', 'c'], 'b', 'd']);
    expect(handlings.map(({ events }) => events.length)).toEqual([2, 1, 1]);
  });

  it('is refused as a whole when one has other data than was agreed', async () => {
    const [handling] = handlingOf([of(placed, 'a'), event({ data: { totalYen: '1' } })]);
    await expect(handling?.run(tx)).rejects.toThrow(EventRefused);
    expect(seen).toEqual([]);
  });
});

describe('a service', () => {
  const config = { DATABASE_URL: Type.String(), BROKER_URL: Type.String() };
  const env = { DATABASE_URL: 'postgres://127.0.0.1:1/none', BROKER_URL: 'postgres://127.0.0.1:1/none', LOG_LEVEL: 'silent' };
  const create = (name: string) => createService({ name, version: '1.0.0', config, env });

  async function documentOf(name: string, publishes: TSchema[], consumes: TSchema[]): Promise<unknown> {
    const service = await create(name);
    const define = (data: TSchema) => defineEvent({ type: 'order.placed', data, summary: 'placed' });
    service.bus.publishes(...publishes.map(define));
    if (consumes.length > 0)
      service.bus.subscribe({ group: name }, ...consumes.map((data) => on(define(data), () => Promise.resolve())));
    const { statusCode, payload } = await service.http.inject('/asyncapi.json');
    expect(statusCode).toBe(200);
    const document: unknown = JSON.parse(payload);
    const isAsyncApi = validate(document);
    expect([isAsyncApi, validate.errors]).toEqual([true, null]);
    return document;
  }

  it('publishes only what it has declared', async () => {
    const { bus } = await create('undeclared');
    await expect(bus.publish(tx, placed, { subject: 'a', data: { orderId: 'a', totalYen: 1 } })).rejects.toThrow(
      'did not declare',
    );
  });

  it.each<[string, TSchema, TSchema, string[]]>([
    ['the same', placed.data, placed.data, []],
    ['less than is published', placed.data, Type.Object({ orderId: Type.String() }), []],
    ['a wider number', placed.data, Type.Object({ totalYen: Type.Number() }), []],
    [
      'one of several',
      Type.Object({ a: Type.Literal('x') }),
      Type.Object({ a: Type.Union([Type.Literal('x'), Type.Literal('y')]) }),
      [],
    ],
    ['what is not there', placed.data, Type.Object({ userId: Type.String() }), ['#/userId may be missing']],
    ['what may be missing', placed.data, Type.Object({ note: Type.String() }), ['#/note may be missing']],
    ['another type', placed.data, Type.Object({ orderId: Type.Integer() }), ['#/orderId is string, not integer']],
    [
      'a narrower number',
      placed.data,
      Type.Object({ totalYen: Type.Integer({ minimum: 1 }) }),
      ['#/totalYen has minimum 0, not 1'],
    ],
    [
      'fewer values',
      Type.Object({ a: Type.Union([Type.Literal('x'), Type.Literal('y')]) }),
      Type.Object({ a: Type.Literal('x') }),
      ['#/a may have other values'],
    ],
    [
      'other items',
      Type.Object({ a: Type.Array(Type.String()) }),
      Type.Object({ a: Type.Array(Type.Integer()) }),
      ['#/a/… is string, not integer'],
    ],
    [
      'nothing more',
      placed.data,
      Type.Object({ orderId: Type.String() }, { additionalProperties: false }),
      ['#/totalYen is not accepted', '#/note is not accepted'],
    ],
  ])('can be read by one that wants %s: as the schemas say', async (_what, published, consumed, expected) => {
    const documents = [await documentOf('orders', [published], []), await documentOf('mails', [], [consumed])];
    const prefix = 'mails cannot read urn:hikyaku:event:order.placed:1 of orders: ';
    expect(contractProblems(documents)).toEqual(expected.map((reason) => prefix + reason));
  });

  it('is told when nobody publishes what it consumes', async () => {
    expect(contractProblems([await documentOf('mails', [], [placed.data])])).toEqual([
      'mails consumes urn:hikyaku:event:order.placed:1, which nobody publishes',
    ]);
  });
});
