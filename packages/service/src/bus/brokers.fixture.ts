/** The brokers that a suite is run with: PostgreSQL, and RabbitMQ where it is installed (`npm run setup:real`). */
import { describe } from 'vitest';
import { createService, Type, type EventHandler, type Listener, type Service, type Subscription } from '../index.ts';
import { hasRabbitmq, startPostgres, startRabbitmq, testSettings, type TestPostgres } from '../testing/index.ts';

const config = { DATABASE_URL: Type.String(), BROKER_URL: Type.String() };
export type BusService = Service<typeof config>;
export type Consumer = { readonly subscription: Subscription; readonly handler: EventHandler | Listener };

/** A broker that can be killed. */
export interface RunningBroker {
  readonly url: string;
  /** Whether a group's queue has reached the disk. */
  hasSaved(group: string): Promise<boolean>;
  crash(): Promise<void>;
  revive(): Promise<void>;
  stop(): Promise<void>;
}

export type StartBroker = (postgres: TestPostgres) => Promise<RunningBroker>;

async function onPostgres(postgres: TestPostgres): Promise<RunningBroker> {
  await postgres.createDatabase('events');
  return {
    url: postgres.url('events'),
    hasSaved: () => Promise.resolve(true),
    crash: () => postgres.crash(),
    revive: () => postgres.revive(),
    stop: () => postgres.stop(),
  };
}

async function onRabbitmq(): Promise<RunningBroker> {
  const rabbitmq = await startRabbitmq();
  return { ...rabbitmq, hasSaved: (group) => rabbitmq.hasSaved(`${group}.inbox`) };
}

/** Without RabbitMQ its part says so, and fails in CI. */
export function describeWithBrokers(what: string, suite: (startBroker: StartBroker) => void): void {
  if (!hasRabbitmq && process.env.CI === undefined)
    process.stderr.write('RabbitMQ is missing: its tests are skipped; `npm run setup:real` installs it\n');
  describe(`${what} on PostgreSQL`, () => suite(onPostgres));
  describe.runIf(hasRabbitmq || process.env.CI !== undefined)(`${what} on RabbitMQ`, () => suite(onRabbitmq));
}

/** A database server, a broker, and services with them, each with the database of its name. */
export interface BusSystem {
  readonly broker: RunningBroker;
  env(database: string): Record<string, string>;
  /** For a process that is started by other means. */
  createDatabase(name: string): Promise<void>;
  /** Makes the database, unless there is one. */
  start(name: string, ...consumers: Consumer[]): Promise<BusService>;
  stop(): Promise<void>;
}

export async function startBusSystem(startBroker: StartBroker): Promise<BusSystem> {
  const postgres = await startPostgres();
  const broker = await startBroker(postgres);
  const services: BusService[] = [];
  const databases = new Set<string>();
  const env = (database: string) => ({
    ...testSettings,
    DATABASE_URL: postgres.url(database),
    BROKER_URL: broker.url,
  });
  const createDatabase = async (name: string): Promise<void> => {
    if (!databases.has(name)) await postgres.createDatabase(name);
    databases.add(name);
  };
  return {
    broker,
    env,
    createDatabase,
    start: async (name, ...consumers) => {
      await createDatabase(name);
      const service = await createService({ name, version: '0', config, env: env(name) });
      for (const { subscription, handler } of consumers) {
        if (typeof handler === 'function') service.bus.subscribe(subscription, handler);
        else service.bus.subscribe(subscription, handler);
      }
      services.push(service);
      await service.start();
      return service;
    },
    stop: async () => {
      await Promise.all(services.map((service) => service.close()));
      await broker.stop();
      await postgres.stop();
    },
  };
}
