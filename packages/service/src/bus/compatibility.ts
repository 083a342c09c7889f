/**
 * Whether the services of a system understand each other, by their AsyncAPI documents: every event that somebody consumes must be
 * published by somebody, and whatever the publisher's schema allows, the consumer's must accept. For contract tests.
 */
import { Type } from 'typebox';
import { Value } from 'typebox/value';

const Message = Type.Object({
  name: Type.String(),
  payload: Type.Object({
    properties: Type.Object({ dataschema: Type.Object({ const: Type.String() }), data: Type.Unknown() }),
  }),
});
const Document = Type.Object({
  info: Type.Object({ title: Type.String() }),
  operations: Type.Record(
    Type.String(),
    Type.Object({ action: Type.String(), messages: Type.Array(Type.Object({ $ref: Type.String() })) }),
  ),
  components: Type.Object({ messages: Type.Record(Type.String(), Message) }),
});

type Declared = { readonly service: string; readonly action: string; readonly dataschema: string; readonly data: unknown };

/**
 * One sentence for each event that is consumed and not published, or published in a way that the consumer would refuse.
 * @throws when a document is no AsyncAPI document of the kit's.
 */
export function contractProblems(documents: readonly unknown[]): string[] {
  const declared = documents.flatMap(read);
  const published = declared.filter(({ action }) => action === 'send');
  return declared
    .filter(({ action }) => action === 'receive')
    .flatMap((consumer) => {
      const publishers = published.filter(({ dataschema }) => dataschema === consumer.dataschema);
      if (publishers.length === 0) return [`${consumer.service} consumes ${consumer.dataschema}, which nobody publishes`];
      return publishers.flatMap((publisher) =>
        misfits(publisher.data, consumer.data, '#').map(
          (reason) => `${consumer.service} cannot read ${consumer.dataschema} of ${publisher.service}: ${reason}`,
        ),
      );
    });
}

function read(input: unknown): Declared[] {
  const { info, operations, components } = Value.Parse(Document, input);
  return Object.values(operations).flatMap(({ action, messages }) =>
    messages.flatMap(({ $ref }) => {
      const message = components.messages[$ref.slice($ref.lastIndexOf('/') + 1)];
      if (!message) throw new TypeError(`${info.title}: ${$ref} leads nowhere`);
      const { dataschema, data } = message.payload.properties;
      return [{ service: info.title, action, dataschema: dataschema.const, data }];
    }),
  );
}

type Schema = Readonly<Record<string, unknown>>;
const schemaOf = (value: unknown): Schema => (typeof value === 'object' && value !== null ? { ...value } : {});
const listOf = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);

const say = (value: unknown): string => {
  if (typeof value === 'string') return value;
  return value === undefined ? 'anything' : JSON.stringify(value);
};

/** Where `published` allows what `consumed` would refuse. JSON Schema as far as TypeBox writes it; annotations do not count. */
function misfits(published: unknown, consumed: unknown, at: string): string[] {
  const from = schemaOf(published);
  const to = schemaOf(consumed);
  const given = listOf(from.anyOf);
  if (given) return given.flatMap((branch) => misfits(branch, to, at));
  const accepted = listOf(to.anyOf);
  if (accepted) {
    return accepted.some((branch) => misfits(from, branch, at).length === 0) ? [] : [`${at} fits none of what is accepted`];
  }
  return [...valueMisfits(from, to, at), ...boundMisfits(from, to, at), ...partMisfits(from, to, at)];
}

function valueMisfits(from: Schema, to: Schema, at: string): string[] {
  const accepted = 'const' in to ? [to.const] : listOf(to.enum);
  const given = 'const' in from ? [from.const] : listOf(from.enum);
  if (accepted) return given?.every((value) => accepted.includes(value)) ? [] : [`${at} may have other values`];
  if (to.type === undefined || from.type === to.type || (to.type === 'number' && from.type === 'integer')) return [];
  return [`${at} is ${say(from.type)}, not ${say(to.type)}`];
}

/** Keywords that say "not below" or "not above" something; a publisher may only be as wide as its consumer. */
const lower = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems'];
const upper = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'];
/** Keywords that must be the same, because nothing is known about what lies between two of them. */
const equal = ['pattern', 'format', 'multipleOf'];

function boundMisfits(from: Schema, to: Schema, at: string): string[] {
  const wrong = (keyword: string): string => `${at} has ${keyword} ${say(from[keyword])}, not ${say(to[keyword])}`;
  const tooWide = (keyword: string, isWithin: (a: number, b: number) => boolean): boolean => {
    const [given, wanted] = [from[keyword], to[keyword]];
    return typeof wanted === 'number' && !(typeof given === 'number' && isWithin(given, wanted));
  };
  return [
    ...lower.filter((keyword) => tooWide(keyword, (a, b) => a >= b)),
    ...upper.filter((keyword) => tooWide(keyword, (a, b) => a <= b)),
    ...equal.filter((keyword) => to[keyword] !== undefined && to[keyword] !== from[keyword]),
  ].map(wrong);
}

function partMisfits(from: Schema, to: Schema, at: string): string[] {
  const always = listOf(from.required) ?? [];
  const missing = (listOf(to.required) ?? []).filter((name) => !always.includes(name));
  const [given, wanted] = [schemaOf(from.properties), schemaOf(to.properties)];
  const closed = to.additionalProperties === false ? Object.keys(given).filter((name) => !(name in wanted)) : [];
  return [
    ...missing.map((name) => `${at}/${String(name)} may be missing`),
    ...closed.map((name) => `${at}/${name} is not accepted`),
    ...Object.keys(wanted).flatMap((name) => (name in given ? misfits(given[name], wanted[name], `${at}/${name}`) : [])),
    ...(to.items === undefined ? [] : misfits(from.items, to.items, `${at}/…`)),
  ];
}
