/** Statements as the rest of a service writes them, on whatever carries one out. */
import type { QueryConfig } from 'pg';
import type { Queryable, Row, SqlValue } from './database.ts';
import type { StatementNames } from './statement-names.ts';

export type Execute = (sql: string, params: readonly SqlValue[]) => Promise<{ rows: Row[] }>;

export function queryable(execute: Execute): Queryable {
  async function query(sql: string, params?: readonly SqlValue[]): Promise<Row[]>;
  async function query<T>(sql: string, params: readonly SqlValue[], parse: (row: Row) => T): Promise<T[]>;
  async function query<T>(sql: string, params: readonly SqlValue[] = [], parse?: (row: Row) => T): Promise<(T | Row)[]> {
    const { rows } = await execute(sql, params);
    return parse ? rows.map(parse) : rows;
  }
  async function one(sql: string, params?: readonly SqlValue[]): Promise<Row | undefined>;
  async function one<T>(sql: string, params: readonly SqlValue[], parse: (row: Row) => T): Promise<T | undefined>;
  async function one<T>(sql: string, params: readonly SqlValue[] = [], parse?: (row: Row) => T): Promise<T | Row | undefined> {
    const [row] = (await execute(sql, params)).rows;
    return row && parse ? parse(row) : row;
  }
  return { query, one };
}

/** One without parameters may be several statements, or one that cannot be prepared. */
export function statement(names: StatementNames, sql: string, params: readonly SqlValue[]): QueryConfig {
  const name = params.length === 0 ? undefined : names.nameOf(sql);
  return { text: sql, values: [...params], ...(name === undefined ? {} : { name }) };
}
