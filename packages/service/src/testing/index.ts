/** Helpers for the tests of services: a PostgreSQL, RabbitMQ or issuer of tokens of their own, and waiting for what cannot be awaited. */
export { contractProblems } from '../bus/compatibility.ts';
export { freePort } from './free-port.ts';
export { startPostgres, type TestPostgres } from './postgres.ts';
export { hasRabbitmq, startRabbitmq, type TestRabbitmq } from './rabbitmq.ts';
export { testSettings } from './test-settings.ts';
export { startIssuer, type TestIssuer } from './token-issuer.ts';
export { until } from './until.ts';
