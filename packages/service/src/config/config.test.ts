import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './config.ts';

const problemsOf = (load: () => unknown): readonly string[] => {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('loadConfig', () => {
  it('converts text by the schema and fills in defaults', () => {
    const schemas = { LIMIT: Type.Integer(), VERBOSE: Type.Boolean({ default: false }), NOTE: Type.Optional(Type.String()) };
    const config = loadConfig(schemas, { LIMIT: '5', VERBOSE: 'true', PORT: '' });
    expect(config).toEqual({
      LIMIT: 5,
      VERBOSE: true,
      HOST: '0.0.0.0',
      PORT: 8080,
      GRPC_PORT: 9090,
      LOG_LEVEL: 'info',
      DRAIN_DELAY_MS: 300,
      KEEP_DAYS: 30,
      DATABASE_STATEMENT_TIMEOUT_MS: 30_000,
    });
  });

  it('reports every mistake together, and no value', () => {
    const schemas = { DATABASE_URL: Type.String({ description: 'where the data is' }), LIMIT: Type.Integer() };
    const problems = problemsOf(() => loadConfig(schemas, { LIMIT: 'hunter2', PORT: '99999' }));
    expect(problems).toHaveLength(3);
    expect(problems).toContain('DATABASE_URL is missing (where the data is)');
    expect(problems.join()).toMatch(/PORT must be <= 65535.*LIMIT must be integer|LIMIT must be integer.*PORT must be <= 65535/);
    expect(problems.join()).not.toContain('hunter2');
  });
});
