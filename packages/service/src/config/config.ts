/**
 * Configuration from the environment. A service declares each variable with a schema; `loadConfig` coerces the
 * strings, applies defaults and reports every mistake together. It never prints a value: values may be secrets.
 * Not for settings that change while the service runs.
 */
import { Type, type Static, type TOptional, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Convert } from 'typebox/value';
import { defaultStatementTimeoutMs } from '../database/statement-limits.ts';

/** Environment variable name → schema. `{ secret: true }` in a schema keeps the value out of every log. */
export type ConfigSchemas = Record<string, TSchema>;

/** The variables every service understands. */
export const kitConfig = {
  /** Address to listen on. The default is every address of the machine, which on Kubernetes is the Pod's own. */
  HOST: Type.String({ default: '0.0.0.0' }),
  /** Port to listen on; 0 takes a free one. */
  PORT: Type.Integer({ default: 8080, minimum: 0, maximum: 65_535 }),
  /** Port for gRPC, where the service answers any; 0 takes a free one. */
  GRPC_PORT: Type.Integer({ default: 9090, minimum: 0, maximum: 65_535 }),
  LOG_LEVEL: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info' },
  ),
  /** Milliseconds between "not ready" and "no longer accepting", in which load balancers learn of it. */
  DRAIN_DELAY_MS: Type.Integer({ default: 300, minimum: 0 }),
  /** How many days what is over is kept for whoever asks: sagas that have ended, notes of handled events, dead letters. */
  KEEP_DAYS: Type.Integer({ default: 30, minimum: 1, maximum: 36_500 }),
  /** Longest time for a statement of the service, in milliseconds; 0 is no limit. Migrations have none. */
  DATABASE_STATEMENT_TIMEOUT_MS: Type.Integer({ default: defaultStatementTimeoutMs, minimum: 0, maximum: 2 ** 31 - 2000 }),
} satisfies ConfigSchemas;

type Values<Schemas extends ConfigSchemas> = {
  readonly [Name in keyof Schemas]: Static<Schemas[Name]> | (Schemas[Name] extends TOptional ? undefined : never);
};

/** What a service sees as `service.config`. */
export type Config<Schemas extends ConfigSchemas> = Values<Schemas> & Values<typeof kitConfig>;

/** One or more variables are missing or wrong. `problems` has one sentence for each, without values. */
export class ConfigError extends Error {
  readonly code = 'SERVICE_CONFIG';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads the declared variables from `env`. An empty string counts as missing, as manifests often leave one behind.
 * @throws ConfigError naming every variable that is missing or wrong.
 */
export function loadConfig<Schemas extends ConfigSchemas>(
  schemas: Schemas,
  env: Record<string, string | undefined>,
): Config<Schemas> {
  const all: ConfigSchemas = { ...kitConfig, ...schemas };
  const read = Object.entries(all).map(([name, schema]) => ({ name, ...readVariable(name, schema, env[name]) }));
  const problems = read.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) throw new ConfigError(problems);
  // Each entry was checked against its schema just above; TypeScript cannot follow that through Object.entries.
  return Object.freeze(Object.fromEntries(read.map(({ name, value }) => [name, value]))) as Config<Schemas>;
}

function readVariable(name: string, schema: TSchema, text: string | undefined): { value?: unknown; problem?: string } {
  const optional = '~optional' in schema;
  const given = text === undefined || text === '' ? defaultOf(schema) : text;
  if (given === undefined) return optional ? {} : { problem: `${name} is missing${describe(schema)}` };
  const value = Convert(schema, given);
  const validator = Compile(schema);
  if (validator.Check(value)) return { value };
  const messages = new Set(validator.Errors(value).map((error) => error.message));
  return { problem: `${name} ${[...messages].join(', ')}${describe(schema)}` };
}

/** The value of a setting that may not be among those declared; undefined when it is not, or is no text. */
export function textOf(config: object, name: string): string | undefined {
  const value: unknown = Object.entries(config).find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value : undefined;
}

const defaultOf = (schema: TSchema): unknown => ('default' in schema ? schema.default : undefined);

const describe = (schema: TSchema): string =>
  'description' in schema && typeof schema.description === 'string' ? ` (${schema.description})` : '';
