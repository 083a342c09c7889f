/**
 * Event contracts. A publisher defines what an event of a type and version says; a consumer defines what it reads of it, in a copy of
 * its own. The two are compared by `contractProblems` (compatibility.ts), never shared. Both sides check what passes them.
 */
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { compiled } from '../compiled.ts';
import { closedSchema } from './closed-schema.ts';
import type { Transaction } from '../database/database.ts';
import { oneByOne, type CloudEvent, type HandlingOf } from './event.ts';

export type EventDefinition<Data extends TSchema = TSchema> = {
  /** `order.confirmed` */
  readonly type: string;
  /** From 1. A change that a consumer of this version cannot read makes a new version; what is only added does not. */
  readonly version: number;
  readonly data: Data;
  readonly summary: string;
  /** `urn:hikyaku:event:order.confirmed:1` */
  readonly dataschema: string;
};

/** An event whose data has been checked against the consumer's definition. */
export type EventOf<Data extends TSchema> = Omit<CloudEvent, 'data'> & { readonly data: Static<Data> };

/** A definition with what is done about its events; made by `on` and `onBatch`. */
export type Listener = { readonly definition: EventDefinition; readonly handlingOf: HandlingOf };

/** This consumer will never be able to handle the event: it is put with the dead letters at once, with this reason. */
export class EventRefused extends Error {
  readonly code = 'BUS_EVENT_REFUSED';

  constructor(reason: string) {
    super(reason);
    this.name = 'EventRefused';
  }
}

const schemaPrefix = 'urn:hikyaku:event:';

export function defineEvent<Data extends TSchema>(options: {
  readonly type: string;
  /** Default 1. */
  readonly version?: number;
  readonly data: Data;
  readonly summary: string;
}): EventDefinition<Data> {
  const { type, version = 1, data, summary } = options;
  return { type, version, data, summary, dataschema: `${schemaPrefix}${type}:${version}` };
}

/** For `bus.subscribe`. A consumer that understands two versions of a type has one `on` for each. */
export function on<Data extends TSchema>(
  definition: EventDefinition<Data>,
  handle: (event: EventOf<Data>, tx: Transaction) => Promise<void>,
): Listener {
  const read = reading(definition);
  return { definition, handlingOf: oneByOne(async (event, tx) => handle(read(event), tx)) };
}

/**
 * As `on`, for a group with `batch: true`: the events that share a transaction, each of another subject, are handled in one go, by a statement for all of
 * them rather than one for each. When it throws, each is handled again on its own; `handle` gets a list of one then, as it does when an event comes alone.
 */
export function onBatch<Data extends TSchema>(
  definition: EventDefinition<Data>,
  handle: (events: readonly EventOf<Data>[], tx: Transaction) => Promise<void>,
): Listener {
  const read = reading(definition);
  return {
    definition,
    handlingOf: (events) => (events.length === 0 ? [] : [{ events, run: async (tx) => handle(events.map(read), tx) }]),
  };
}

function reading<Data extends TSchema>(definition: EventDefinition<Data>): (event: CloudEvent) => EventOf<Data> {
  const validator = Compile(definition.data);
  return (event) => {
    const { data } = event;
    if (validator.Check(data)) return { ...event, data };
    throw new EventRefused(`${nameOf(definition)} has other data than expected: ${mistakes(definition.data, data)}`);
  };
}

/** Gives each event to the listener for its type and version; of events that share a transaction, first those of the first listener. */
export function dispatching(group: string, listeners: readonly Listener[]): HandlingOf {
  const byType = Map.groupBy(listeners, ({ definition }) => definition.type);
  const find = (event: CloudEvent): Listener | undefined =>
    byType.get(event.type)?.find(({ definition }) => definition.dataschema === schemaOf(event));
  const refuse = oneByOne((event) => {
    const versions = (byType.get(event.type) ?? []).map(({ definition }) => definition.version).join(' and ');
    throw new EventRefused(`${group} understands ${event.type} in version ${versions}, not as ${schemaOf(event)}`);
  });
  return (events) => {
    const given = Map.groupBy(events, find);
    return [undefined, ...listeners].flatMap((listener) => (listener?.handlingOf ?? refuse)(given.get(listener) ?? []));
  };
}

const schemaOf = ({ dataschema, type }: CloudEvent): string => dataschema ?? `${schemaPrefix}${type}:1`;

/**
 * The data as it goes out: what the definition does not name is left away, so that nothing leaves a service by accident.
 * @throws TypeError naming each place that does not fit.
 */
export function encodeData(definition: EventDefinition, data: unknown): unknown {
  const json: unknown = JSON.parse(JSON.stringify(data ?? null));
  const closed = closedSchema(definition.data);
  if (closed && compiled(closed).Check(json)) return json;
  const cleaned = Value.Clean(definition.data, json);
  if (compiled(definition.data).Check(cleaned)) return cleaned;
  throw new TypeError(`${nameOf(definition)} cannot be published: ${mistakes(definition.data, cleaned)}`);
}

const nameOf = ({ type, version }: EventDefinition): string => `${type} (version ${version})`;

const mistakes = (schema: TSchema, data: unknown): string =>
  Value.Errors(schema, data)
    .map(({ instancePath, message }) => `#${instancePath} ${message}`)
    .join('; ');
