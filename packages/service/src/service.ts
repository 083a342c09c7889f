/**
 * A service as its own code sees it, and what it is made from. The interface only; create-service.ts builds it.
 */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Logger } from 'pino';
import type { EventBus } from './bus/bus.ts';
import type { Client, ClientOptions } from './client/client.ts';
import type { Config, ConfigSchemas } from './config/config.ts';
import type { Database } from './database/database.ts';
import type { GrpcClient, GrpcClientOptions, GrpcContract, GrpcHandlers } from './grpc/grpc.ts';
import type { Guard, GuardOptions } from './resilience/guard.ts';
import type { Sagas } from './saga/status.ts';

/** Fastify, with routes typed by their TypeBox schemas. */
export type HttpServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export type ServiceOptions<Schemas extends ConfigSchemas> = {
  /** `order-service`: the name in logs, events, traces. */
  readonly name: string;
  readonly version: string;
  /**
   * Environment variable → schema. Some names have a meaning to the kit: DATABASE_URL (makes `database` usable), BROKER_URL
   * (makes `bus` usable) and those of `tokenSettings` (whose tokens `{ auth: 'required' }` routes accept). PORT, GRPC_PORT, HOST, LOG_LEVEL, DRAIN_DELAY_MS, KEEP_DAYS and
   * DATABASE_STATEMENT_TIMEOUT_MS are there without being declared.
   */
  readonly config: Schemas;
  /** A folder of `*.sql`, applied in name order before the service is ready. */
  readonly migrations?: URL;
  /** Connections to the database, sagas not counted. Default 6. */
  readonly databaseConnections?: number;
  /** Default: process.env. */
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/** Work that a service repeats beside its requests, such as a sweep. Never overlaps itself; errors are logged. */
export type Task = {
  readonly name: string;
  /** From the end of one run to the start of the next. The first run follows right after the service is ready. */
  readonly everyMs: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
};

export type TaskHandle = {
  /** There may be something to do: runs at once, or as soon as the run under way has ended. */
  wake(): void;
};

export interface Service<Schemas extends ConfigSchemas> {
  readonly name: string;
  readonly config: Config<Schemas>;
  /** JSON lines with time, level, service, trace_id and span_id. */
  readonly log: Logger;
  /**
   * Add routes before `start()`. `config: { auth: 'required' }` in a route's options demands a bearer token,
   * `config: { auth: 'required', role: 'operator' }` one with that role.
   */
  readonly http: HttpServer;
  /** @throws ServiceError SERVICE_NO_DATABASE on first use when DATABASE_URL is not configured. */
  readonly database: Database;
  /** @throws ServiceError SERVICE_NO_BROKER on first use when BROKER_URL or DATABASE_URL is not configured. */
  readonly bus: EventBus;
  /** DBOS is loaded only when a saga was registered. @throws ServiceError SERVICE_NO_DATABASE */
  readonly sagas: Sagas;
  client(service: string, options: ClientOptions): Client;
  /** Answers gRPC on GRPC_PORT. Call before `start()`. */
  grpc<Definition>(contract: GrpcContract<Definition>, handlers: GrpcHandlers<Definition>): void;
  /** Where gRPC is answered, once started; 0 when it is not. */
  readonly grpcPort: number;
  /** Closed with the service. */
  grpcClient<Definition>(service: string, contract: GrpcContract<Definition>, options: GrpcClientOptions): GrpcClient<Definition>;
  /** For what the mesh cannot see. `dependency` names it in errors, logs and metrics; one guard each. */
  guard(dependency: string, options?: GuardOptions): Guard;
  /** Call before `start()`. */
  task(task: Task): TaskHandle;
  /** Work on the migrated database that must be done before the service is ready. Call before `start()`; failing fails the start. */
  beforeReady(work: () => Promise<void>): void;
  /**
   * Listens, then waits for the dependencies (/ready names the one waited for), migrates, does what `beforeReady` was given,
   * and starts bus, sagas and tasks. Resolves when the service is ready. SIGTERM and SIGINT then close it and end the process with 0; when
   * starting fails for good (a broken migration, a taken port) it rejects with everything closed again.
   */
  start(): Promise<{ readonly url: string }>;
  /** Drains and releases everything; also after half a start, also twice. Does not end the process. */
  close(): Promise<void>;
}

/** The kit was used in a way that cannot work; a mistake of the program, not of a request. */
export class ServiceError extends Error {
  readonly code: 'SERVICE_NO_DATABASE' | 'SERVICE_NO_BROKER' | 'SERVICE_STARTED';

  constructor(code: ServiceError['code'], message: string) {
    super(message);
    this.name = 'ServiceError';
    this.code = code;
  }
}
