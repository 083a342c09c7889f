/**
 * The environment variables of the official postgres image, and how the server is told.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the image's variables say, with the image's defaults. */
export interface PostgresSettings {
  user: string;
  password: string | undefined;
  database: string;
  port: number;
  /** Words for initdb. */
  initdbArgs: readonly string[];
  /** How clients over TCP prove who they are. */
  hostAuthMethod: string;
}

/** As `-c name=value` arguments. */
export function optionWords(options: Record<string, string>): string[] {
  return Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

export function readSettings(env: Readonly<Record<string, string>>): PostgresSettings {
  const read = (name: string) => {
    const file = env[`${name}_FILE`];
    const value = file === undefined ? env[name] : readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return value === '' ? undefined : value;
  };
  const user = read('POSTGRES_USER') ?? 'postgres';
  return {
    user,
    password: read('POSTGRES_PASSWORD'),
    database: read('POSTGRES_DB') ?? user,
    port: Number(env.PGPORT ?? 5432),
    initdbArgs: (read('POSTGRES_INITDB_ARGS') ?? '').split(/\s+/).filter(Boolean),
    hostAuthMethod: read('POSTGRES_HOST_AUTH_METHOD') ?? 'scram-sha-256',
  };
}

/** sun_path has 108 bytes, and the name of the socket is part of it. */
const LONGEST_SOCKET_DIRECTORY = 107 - '/.s.PGSQL.65535'.length;

/** The directory for the server's sockets; undefined when its path is too long for one. */
export function socketDirectoryIn(directory: string): string | undefined {
  const path = join(directory, 'run');
  return Buffer.byteLength(path) > LONGEST_SOCKET_DIRECTORY ? undefined : path;
}
