/**
 * Puts a service together, and takes it apart again. Everything has its own file; here is only the order, and why.
 *
 *   start:  listen ─► database ─► migrations ─► the service's own preparations ─► bus ─► sagas ─► ready ─► tasks
 *   close:  not ready ─► drain delay ─► stop listening ─► tasks, bus, sagas ─► database
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { deadLetterRoutes } from './bus/dead-letter-routes.ts';
import { createDeclarations } from './bus/declarations.ts';
import { publishGuard } from './bus/relay.ts';
import { createBus, type ServiceBus } from './bus/service-bus.ts';
import { createClient } from './client/http-client.ts';
import { ConfigError, loadConfig, textOf, type Config, type ConfigSchemas } from './config/config.ts';
import { authFrom } from './config/token-settings.ts';
import { forgetOld, housekeepingEveryMs } from './database/housekeeping.ts';
import { migrate, type MigrationSet } from './database/migrations.ts';
import { connectionGuard } from './database/connecting.ts';
import { openPool, type DatabasePool } from './database/pool.ts';
import { untilReachable } from './database/wait.ts';
import { createGrpcClient, type OwnedGrpcClient } from './grpc/client.ts';
import { createGrpcServer, type GrpcServer } from './grpc/server.ts';
import { createReadiness, type Readiness } from './http/readiness.ts';
import { createHttpServer } from './http/server.ts';
import { createGuard } from './resilience/create-guard.ts';
import type { GuardOptions } from './resilience/guard.ts';
import { createSagas, type ServiceSagas } from './saga/service-sagas.ts';
import { ServiceError, type HttpServer, type Service, type ServiceOptions } from './service.ts';
import { endOnSignal } from './signals.ts';
import { createTasks, type Tasks } from './tasks.ts';
import { createLogger } from './telemetry/log.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { installTracing } from './telemetry/trace.ts';

/** sysexits(3) EX_CONFIG. */
const exitCodeConfig = 78;
const kitMigrations: MigrationSet = { name: 'kit', folder: new URL('./database/kit/', import.meta.url) };

/** What a service is made of; `undefined` is what its configuration does not ask for. */
type Parts = {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly http: HttpServer;
  readonly grpc: GrpcServer;
  readonly grpcClients: OwnedGrpcClient<unknown>[];
  readonly database: DatabasePool | undefined;
  readonly bus: ServiceBus | undefined;
  readonly sagas: ServiceSagas | undefined;
  readonly tasks: Tasks;
  readonly preparations: (() => Promise<void>)[];
};

/**
 * Reads the configuration and builds the service; nothing is connected or listened on yet. When the configuration is
 * not usable, says why on stderr and ends the process with code 78: there is nothing a caller could do about it.
 */
export async function createService<const Schemas extends ConfigSchemas>(
  options: ServiceOptions<Schemas>,
): Promise<Service<Schemas>> {
  const config = configOrExit(options);
  installTracing();
  const parts = await buildParts(options, config);
  const { log, metrics, http, database, bus, sagas, tasks } = parts;
  let starting: Promise<{ readonly url: string }> | undefined;
  let closing: Promise<void> | undefined;
  let ignoreSignals: (() => void) | undefined;
  const aborted = new AbortController();
  const close = (): Promise<void> => {
    aborted.abort();
    return (closing ??= closeParts(parts, config.DRAIN_DELAY_MS).finally(() => ignoreSignals?.()));
  };
  return {
    name: options.name,
    config,
    log,
    http,
    get database() {
      return database ?? missing('SERVICE_NO_DATABASE', 'DATABASE_URL');
    },
    get bus() {
      return bus ?? missing('SERVICE_NO_BROKER', 'BROKER_URL and DATABASE_URL');
    },
    get sagas() {
      return sagas ?? missing('SERVICE_NO_DATABASE', 'DATABASE_URL');
    },
    client: createClient,
    get grpcPort() {
      return parts.grpc.port;
    },
    grpc: (contract, handlers) => parts.grpc.add(contract, handlers),
    grpcClient: (target, contract, clientOptions) => {
      const owned = createGrpcClient(target, contract, clientOptions);
      parts.grpcClients.push(owned);
      return owned.client;
    },
    guard: (dependency, guardOptions = {}) => createGuard({ name: dependency, log, meter: metrics.meter }, guardOptions),
    task: (task) => tasks.add(task),
    beforeReady: (work) => void parts.preparations.push(work),
    start: () => {
      if (starting) throw new ServiceError('SERVICE_STARTED', `${options.name} was started before`);
      ignoreSignals = endOnSignal(log, close);
      starting = startParts(parts, {
        ...options,
        ...config,
        hasAuth: authFrom(config) !== undefined,
        signal: aborted.signal,
      }).catch(async (error: unknown) => {
        await close();
        throw error;
      });
      return starting;
    },
    close,
  };
}

function configOrExit<Schemas extends ConfigSchemas>({
  name,
  config,
  env = process.env,
}: ServiceOptions<Schemas>): Config<Schemas> {
  try {
    return loadConfig(config, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    return process.exit(exitCodeConfig);
  }
}

async function buildParts<Schemas extends ConfigSchemas>(
  options: ServiceOptions<Schemas>,
  config: Config<Schemas>,
): Promise<Parts> {
  const { name, version } = options;
  const log = createLogger({ service: name, level: config.LOG_LEVEL });
  const metrics = createMetrics(name);
  const readiness = createReadiness();
  const databaseUrl = textOf(config, 'DATABASE_URL');
  const brokerUrl = textOf(config, 'BROKER_URL');
  const guard = (dependency: string, settings: GuardOptions) =>
    createGuard({ name: dependency, log, meter: metrics.meter }, settings);
  const connections = options.databaseConnections ?? 6;
  const database =
    databaseUrl === undefined
      ? undefined
      : openPool({
          url: databaseUrl,
          log,
          applicationName: name,
          connections,
          guard: guard('database', connectionGuard),
          statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
        });
  const bus =
    database && brokerUrl !== undefined
      ? createBus({ service: name, brokerUrl, database, guard: guard('broker', publishGuard), log })
      : undefined;
  const auth = authFrom(config);
  const asyncApi = () => (bus ?? createDeclarations(name)).describe({ title: name, version });
  const http = await createHttpServer({ name, version, log, metrics, readiness, auth, asyncApi });
  const tasks = createTasks(log);
  const sagas = database && createSagas({ service: name, database, log });
  if (database)
    tasks.add({
      name: 'housekeeping',
      everyMs: housekeepingEveryMs,
      run: async () => {
        await forgetOld(database, config.KEEP_DAYS);
        await sagas?.forget(config.KEEP_DAYS);
      },
    });
  return {
    log,
    metrics,
    readiness,
    http,
    grpc: createGrpcServer({ service: name, log, meter: metrics.meter, readiness }),
    grpcClients: [],
    database,
    bus,
    sagas,
    tasks,
    preparations: [],
  };
}

type StartOptions = {
  readonly hasAuth: boolean;
  readonly HOST: string;
  readonly PORT: number;
  readonly GRPC_PORT: number;
  readonly migrations?: URL;
  readonly signal: AbortSignal;
};

async function startParts(
  { log, readiness, http, grpc, database, bus, sagas, tasks, preparations }: Parts,
  options: StartOptions,
): Promise<{ readonly url: string }> {
  const { signal } = options;
  // Operators are known by their tokens, so a service that accepts none has no such routes.
  if (bus && bus.groups.length > 0 && options.hasAuth) deadLetterRoutes(http, bus.groups, bus.deadLetters);
  // Listening comes first, so that probes learn what the service waits for.
  const url = await http.listen({ host: options.HOST, port: options.PORT });
  await grpc.listen({ host: options.HOST, port: options.GRPC_PORT });
  if (database) {
    const waiting = (what: string) => readiness.waitingFor(`database: waiting for ${what}`);
    await untilReachable(database.url, { signal, log, onWaiting: waiting });
    readiness.waitingFor('database: migrating');
    const sets = options.migrations ? [kitMigrations, { name: 'service', folder: options.migrations }] : [kitMigrations];
    const applied = await migrate(database.url, sets);
    if (applied.length > 0) log.info({ applied }, 'database migrated');
    readiness.dependsOn('database', () => database.unreachable());
  }
  for (const prepare of preparations) await prepare();
  await bus?.start({ signal, onWaiting: (what) => readiness.waitingFor(`broker: waiting for ${what}`) });
  readiness.waitingFor('sagas: starting');
  await sagas?.start();
  signal.throwIfAborted();
  readiness.started();
  tasks.start();
  log.info({ url }, 'ready');
  return { url };
}

async function closeParts(
  { log, metrics, readiness, http, grpc, grpcClients, database, bus, sagas, tasks }: Parts,
  drainDelayMs: number,
): Promise<void> {
  const wasStarted = readiness.phase === 'started';
  readiness.closing();
  // Callers need a moment to see that this endpoint is going before it refuses them.
  if (wasStarted) await delay(drainDelayMs);
  const steps: readonly (() => Promise<void> | undefined)[] = [
    () => Promise.all([http.close(), grpc.close()]).then(() => undefined),
    () => tasks.close(),
    () => bus?.close(),
    () => sagas?.close(),
    () => {
      for (const client of grpcClients) client.close();
      return undefined;
    },
    // Last: everything above finishes its work with it.
    () => database?.close(),
    () => metrics.close(),
  ];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      log.warn({ err: error }, 'could not close cleanly');
    }
  }
}

function missing(code: 'SERVICE_NO_DATABASE' | 'SERVICE_NO_BROKER', names: string): never {
  throw new ServiceError(code, `${names} must be declared in the service's config`);
}
