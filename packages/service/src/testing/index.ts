/** Helpers for the tests of services: a PostgreSQL of their own, and waiting for what cannot be awaited. */
export { startPostgres, type TestPostgres } from './postgres.ts';
export { until } from './until.ts';
