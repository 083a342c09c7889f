/** Helpers for the tests of services: a PostgreSQL or RabbitMQ of their own, and waiting for what cannot be awaited. */
export { startPostgres, type TestPostgres } from './postgres.ts';
export { hasRabbitmq, startRabbitmq, type TestRabbitmq } from './rabbitmq.ts';
export { until } from './until.ts';
