import { expect, it } from 'vitest';
import { splitScript } from './sql-script.ts';

const statements = (text: string) => splitScript(text).map(({ sql, connectTo }) => sql ?? `-> ${connectTo}`);

it('splits at semicolons, except in strings, names, comments and dollar quotes', () => {
  const parts = [
    `INSERT INTO a VALUES ('x;''y', E'\\';', "we;ird")`,
    'CREATE FUNCTION f() AS $body$ BEGIN; $$ ; $$ END; $body$ LANGUAGE plpgsql',
    'SELECT 1 /* ; */ + 2 -- ;\n',
    'SELECT $1',
  ];
  expect(statements(`${parts.join(';\n')};`)).toEqual(parts.map((part) => part.trim()));
});

it('skips what is only comment', () => {
  expect(statements('-- nothing; here\n/* nor; here */;\n;SELECT 1')).toEqual(['SELECT 1']);
});

it('understands \\connect, and passes over what changes nothing', () => {
  expect(statements('\\set ON_ERROR_STOP on\nCREATE DATABASE a;\n\\connect a\nSELECT 1;\n\\c "b"\n')).toEqual([
    'CREATE DATABASE a',
    '-> a',
    'SELECT 1',
    '-> b',
  ]);
});

it('knows by \\gexec that a statement gives statements', () => {
  expect(splitScript("SELECT 'a' \\gexec\nSELECT 1;\nSELECT 'b'\n  \\gexec\n")).toEqual([
    { sql: "SELECT 'a'", isGexec: true },
    { sql: 'SELECT 1' },
    { sql: "SELECT 'b'", isGexec: true },
  ]);
});

it('names the line of a command it does not have', () => {
  expect(() => splitScript('SELECT 1;\n\\copy a FROM b\n')).toThrow('line 2: \\copy is a command of psql that is not supported');
});
