/**
 * The AsyncAPI 3.0 document of a service (https://www.asyncapi.com/docs/reference/specification/v3.0.0): a channel for each event
 * type, a `send` operation for each it publishes, a `receive` operation for each a group of it consumes.
 */
import type { EventDefinition } from './contract.ts';
import { CloudEvent } from './event.ts';

export type Declared = {
  readonly publishes: readonly EventDefinition[];
  readonly consumes: readonly { readonly group: string; readonly definitions: readonly EventDefinition[] }[];
};

export type AsyncApi = {
  readonly asyncapi: '3.0.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly defaultContentType: string;
  readonly channels: Readonly<Record<string, object>>;
  readonly operations: Readonly<Record<string, object>>;
  readonly components: { readonly messages: Readonly<Record<string, object>> };
};

const contentType = 'application/cloudevents+json';

export function describeEvents(info: { title: string; version: string }, { publishes, consumes }: Declared): AsyncApi {
  const groups = consumes.map(({ group, definitions }) => ({ action: 'receive', by: group, definitions }));
  const sides = [{ action: 'send', by: info.title, definitions: publishes }, ...groups];
  const messages = sides.flatMap(({ action, by, definitions }) =>
    definitions.map((definition) => ({ action, by, definition, key: messageKey(action, by, definition) })),
  );
  const byType = Map.groupBy(messages, ({ definition }) => definition.type);
  return {
    asyncapi: '3.0.0',
    info,
    defaultContentType: contentType,
    channels: Object.fromEntries(
      [...byType].map(([type, ofType]) => {
        const references = ofType.map(({ key }) => [key, { $ref: `#/components/messages/${key}` }] as const);
        return [type, { address: type, messages: Object.fromEntries(references) }];
      }),
    ),
    operations: Object.fromEntries(
      [...Map.groupBy(messages, ({ action, by, definition }) => `${by}.${action}.${definition.type}`)].map(([id, own]) => [
        id,
        operation(own),
      ]),
    ),
    components: { messages: Object.fromEntries(messages.map(({ key, definition }) => [key, message(definition)])) },
  };
}

/** What a publisher says and what a consumer reads are two messages, also when one service does both. */
const messageKey = (action: string, by: string, { type, version }: EventDefinition): string =>
  `${by}.${action}.${type}.${version}`;

type Message = { readonly action: string; readonly by: string; readonly definition: EventDefinition; readonly key: string };

function operation(own: readonly Message[]): object {
  const [first] = own;
  const type = first?.definition.type ?? '';
  return {
    action: first?.action,
    channel: { $ref: `#/channels/${type}` },
    summary: first?.definition.summary,
    messages: own.map(({ key }) => ({ $ref: `#/channels/${type}/messages/${key}` })),
  };
}

function message({ type, summary, data, dataschema }: EventDefinition): object {
  return {
    name: type,
    title: type,
    summary,
    contentType,
    payload: {
      ...CloudEvent,
      properties: { ...CloudEvent.properties, type: { const: type }, dataschema: { const: dataschema }, data },
    },
  };
}
