/** What a service declares before it starts: the events it publishes, and the groups it consumes with. */
import type { AsyncApi } from './asyncapi.ts';
import { describeEvents } from './asyncapi.ts';
import type { GroupOptions, Subscription } from './bus.ts';
import { dispatching, encodeData, type EventDefinition, type Listener } from './contract.ts';
import { oneByOne, type EventHandler, type HandlingOf, type NewEvent } from './event.ts';

export type Subscribed = {
  readonly subscription: Subscription;
  readonly handlingOf: HandlingOf;
  /** None when the group takes whatever matches its topics. */
  readonly definitions: readonly EventDefinition[];
};

export interface Declarations {
  readonly subscriptions: readonly Subscribed[];
  publishes(definitions: readonly EventDefinition[]): void;
  /** Handlers are listeners, or one function for a subscription with topics. */
  subscribe(options: GroupOptions | Subscription, handlers: readonly (EventHandler | Listener)[]): void;
  /** The event as it is written to the outbox; see EventBus.publish. */
  encode(definition: EventDefinition, event: Omit<NewEvent, 'type' | 'dataschema'>): NewEvent;
  describe(info: { title: string; version: string }): AsyncApi;
}

export function createDeclarations(service: string): Declarations {
  const subscriptions: Subscribed[] = [];
  const published = new Map<string, EventDefinition>();
  return {
    subscriptions,
    publishes: (definitions) => {
      for (const definition of definitions) published.set(definition.dataschema, definition);
    },
    subscribe: (options, handlers) => {
      const { group } = options;
      if (subscriptions.some((other) => other.subscription.group === group))
        throw new TypeError(`${service} subscribes twice as ${group}: the two would take each other's events`);
      subscriptions.push(subscribed(options, handlers));
    },
    encode: (definition, event) => {
      const { type, dataschema } = definition;
      if (published.get(dataschema) !== definition)
        throw new TypeError(`${service} did not declare that it publishes ${dataschema}: see bus.publishes`);
      return { ...event, type, dataschema, data: encodeData(definition, event.data) };
    },
    describe: (info) =>
      describeEvents(info, {
        publishes: [...published.values()],
        consumes: subscriptions.map(({ subscription: { group }, definitions }) => ({ group, definitions })),
      }),
  };
}

function subscribed(options: GroupOptions | Subscription, handlers: readonly (EventHandler | Listener)[]): Subscribed {
  const [first] = handlers;
  if ('topics' in options && typeof first === 'function')
    return { subscription: options, handlingOf: oneByOne(first), definitions: [] };
  const listeners = handlers.filter((handler): handler is Listener => typeof handler !== 'function');
  const definitions = listeners.map(({ definition }) => definition);
  const topics = [...new Set(definitions.map(({ type }) => type))];
  return { subscription: { ...options, topics }, handlingOf: dispatching(options.group, listeners), definitions };
}
