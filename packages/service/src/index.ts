/**
 * The kit that services are written with. In the order a request, and then its consequences, pass through:
 *
 *   a service                    service.ts, put together in create-service.ts
 *   its settings                 config/
 *   requests, problems, tokens   http/
 *   its data                     database/
 *   what is its own events       event-store/
 *   events in and out            bus/
 *   long-running business        saga/
 *   calls to other services      client/, grpc/
 *   calls to anything else        resilience/
 *   logs, traces, metrics        telemetry/
 *   for tests                    testing/ (import '@hikyaku/service/testing')
 */
export { Type, type Static, type TSchema } from 'typebox';
export type { CloudEvent, EventHandler, NewEvent } from './bus/event.ts';
export { busChannelName, type BusPhase, type BusPoint } from './bus/points.ts';
export type { DeadLetter, DeadLetters, EventBus, GroupOptions, NewEventOf, Subscription } from './bus/bus.ts';
export { defineEvent, EventRefused, on, onBatch, type EventDefinition, type EventOf, type Listener } from './bus/contract.ts';
export { ClientError, type CallSettings, type Client, type ClientErrorCode, type ClientOptions } from './client/client.ts';
export { defineCall, type ContractInput, type HttpContract } from './client/contract.ts';
export { ConfigError, type Config, type ConfigSchemas } from './config/config.ts';
export { tokenSettings } from './config/token-settings.ts';
export { createService } from './create-service.ts';
export { combine, type CombineOptions } from './database/combine.ts';
export type { GatherOptions } from './database/gathering.ts';
export { roundChannelName, type RoundPoint } from './database/points.ts';
export type { Database, Queryable, Row, SqlValue, Transaction } from './database/database.ts';
export {
  type Addition,
  ConcurrencyConflict,
  retryConflicts,
  type DomainEvent,
  type EventStore,
  type EventStoreOptions,
  type Recorded,
  type Versioned,
} from './event-store/event-store.ts';
export { createEventStore } from './event-store/postgres-store.ts';
export { createProjection, type Projection, type ProjectionOptions, type ProjectionStatus } from './event-store/projection.ts';
export {
  GrpcError,
  type GrpcCallContext,
  type GrpcCallOptions,
  type GrpcClient,
  type GrpcClientOptions,
  type GrpcContract,
  type GrpcErrorOptions,
  type GrpcHandlers,
  type GrpcStatus,
} from './grpc/grpc.ts';
export type { User } from './http/auth.ts';
export { problemOf } from './http/error-handler.ts';
export type { StreamSource, ServerSentEvent } from './http/event-streams.ts';
export { idempotent, type IdempotentOptions, type StoredAnswer } from './http/idempotency.ts';
export { Problem, problem, type ProblemBody, type ProblemOptions } from './http/problem.ts';
export { GuardError, type Guard, type GuardErrorCode, type GuardOptions, type GuardState } from './resilience/guard.ts';
export {
  SagaAbort,
  SagaPending,
  defineSaga,
  step,
  type AttemptPolicy,
  type CompensationContext,
  type RetryPolicy,
  type Saga,
  type Step,
  type StepContext,
} from './saga/saga.ts';
export {
  SagaError,
  sagaStates,
  type AttemptStatus,
  type CompensationStatus,
  type SagaErrorCode,
  type SagaPage,
  type SagaQuery,
  type SagaRunner,
  type SagaState,
  type SagaStatus,
  type SagaSummary,
  type Sagas,
  type StepState,
  type StepStatus,
} from './saga/status.ts';
export { sagaChannelName, type SagaPhase, type SagaPoint } from './saga/points.ts';
export { ServiceError, type HttpServer, type Service, type ServiceOptions, type Task, type TaskHandle } from './service.ts';
