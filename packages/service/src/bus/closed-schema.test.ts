import { Type, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { expect, it } from 'vitest';
import { closedSchema } from './closed-schema.ts';
import { defineEvent, encodeData } from './contract.ts';

const card = Type.Object({ kind: Type.Literal('card'), last4: Type.String({ minLength: 4 }) });
const schema = Type.Object({
  id: Type.String(),
  note: Type.Optional(Type.String()),
  lines: Type.Array(Type.Object({ product: Type.String() })),
  paidBy: Type.Union([card, Type.Object({ kind: Type.Literal('cash') })]),
});
const data = { id: '1', lines: [{ product: 'bowl' }], paidBy: { kind: 'card', last4: '4242' } };

it('takes what fits and has nothing more, and nothing else', () => {
  const validator = Compile(closedSchema(schema) ?? Type.Never());
  expect(validator.Check(data)).toBe(true);
  for (const other of [
    { ...data, more: 1 },
    { ...data, lines: [{ product: 'bowl', more: 1 }] },
    { ...data, paidBy: { ...data.paidBy, more: 1 } },
    { ...data, paidBy: { kind: 'card', last4: '42' } },
    { id: '1', lines: [] },
  ])
    expect(validator.Check(other)).toBe(false);
});

it.each<[string, TSchema]>([
  ['a map', Type.Record(Type.String(), card)],
  ['an intersection', Type.Intersect([card, Type.Object({ more: Type.String() })])],
  ['a tuple', Type.Tuple([card])],
  ['properties of another type', Type.Object({ id: Type.String() }, { additionalProperties: card })],
])('is not made for %s', (_what, other) => {
  expect(closedSchema(Type.Object({ other }))).toBeUndefined();
});

it('what the definition does not name leaves no service, however deep it is', () => {
  const definition = defineEvent({ type: 'paid', data: Type.Object({ all: Type.Array(schema) }), summary: '' });
  const more = {
    ...data,
    more: 1,
    lines: [{ product: 'bowl', more: 1 }],
    paidBy: { ...data.paidBy, number: '4242424242424242' },
  };
  expect(encodeData(definition, { all: [data] })).toEqual({ all: [data] });
  expect(encodeData(definition, { all: [data, more], more: 1 })).toEqual({ all: [data, data] });
});
