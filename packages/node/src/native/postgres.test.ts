import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PersistentVolumeClaims, Secrets, type Pod } from '@hikyaku/resources';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerSpec } from '../pod/types.ts';
import { isReady, startTestNode, type TestNode } from '../testing/test-node.ts';

const INIT = `
-- A comment; with a semicolon.
CREATE ROLE orders LOGIN PASSWORD 'it''s; secret';
CREATE DATABASE orders OWNER orders;
\\connect orders
CREATE FUNCTION answer() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 42; END; $$;
`;

async function createDatabase(test: TestNode, init = INIT, hooks: Pick<ContainerSpec, 'lifecycle'> = {}): Promise<Pod> {
  const metadata = { namespace: 'test' };
  await test.client.create(Secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'init', ...metadata },
    data: { '10-orders.sql': Buffer.from(init).toString('base64') },
  });
  await test.client.create(PersistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', ...metadata },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  return test.create('db', {
    terminationGracePeriodSeconds: 10,
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'init', secret: { secretName: 'init' } },
    ],
    containers: [
      {
        name: 'postgres',
        image: 'postgres:18-alpine',
        env: [{ name: 'POSTGRES_PASSWORD', value: 'root-secret' }],
        ports: [{ name: 'postgres', containerPort: 5432 }],
        ...hooks,
        readinessProbe: {
          exec: { command: ['/bin/sh', '-c', 'exec pg_isready -U "$POSTGRES_USER" -h 127.0.0.1'] },
          periodSeconds: 1,
        },
        volumeMounts: [
          { name: 'data', mountPath: '/var/lib/postgresql' },
          { name: 'init', mountPath: '/docker-entrypoint-initdb.d' },
        ],
      },
    ],
  });
}

async function query(pod: Pod, sql: string, options: pg.ClientConfig = {}): Promise<unknown[]> {
  const client = new pg.Client({
    host: pod.status?.podIP ?? '',
    user: 'orders',
    password: "it's; secret",
    database: 'orders',
    ...options,
  });
  await client.connect();
  try {
    const results = [await client.query<unknown[]>({ text: sql, rowMode: 'array' })].flat();
    return results.flatMap(({ rows }) => rows.flat());
  } finally {
    await client.end();
  }
}

let test: TestNode;
beforeEach(async () => {
  test = await startTestNode();
});
afterEach(() => test.stop());

describe('the native postgres image', () => {
  it('makes the cluster, runs the init scripts once, and lets nobody in without the password', async () => {
    await createDatabase(test);
    const pod = await test.waitUntilReady('db');
    expect(await query(pod, 'SELECT answer()')).toEqual([42]);
    await expect(query(pod, 'SELECT 1', { password: 'wrong' })).rejects.toThrow(/password authentication failed/);
    expect((await test.client.get(PersistentVolumeClaims, 'test', 'data'))?.status?.phase).toBe('Bound');

    await query(pod, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)');
    await test.restart();
    await test.waitFor('db', (candidate) => !isReady(candidate));
    expect(await query(await test.waitUntilReady('db'), 'SELECT n FROM kept')).toEqual([7]);
  });

  it('comes back after kill -9 with everything that was committed', async () => {
    await createDatabase(test);
    const pod = await test.waitUntilReady('db');
    await query(pod, 'CREATE TABLE kept (n int)');
    const client = new pg.Client({ host: pod.status?.podIP ?? '', user: 'orders', password: "it's; secret", database: 'orders' });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('INSERT INTO kept VALUES (1)');
    const [{ pid } = { pid: 0 }] = test.node.processes();
    process.kill(pid, 'SIGKILL');
    const back = await test.waitFor(
      'db',
      (candidate) => candidate.status?.containerStatuses?.[0]?.restartCount === 1 && isReady(candidate),
    );
    expect(await query(back, 'SELECT n FROM kept')).toEqual([1]);
  });

  it('begins anew when the first start was interrupted', async () => {
    await test.write('.hikyaku/volumes/test/data/18/docker.initialising/base/half', 'done');
    await createDatabase(test);
    const pod = await test.waitUntilReady('db');
    expect(await query(pod, 'SELECT answer()')).toEqual([42]);
    expect(existsSync(join(test.stateDir, 'volumes/test/data/18/docker.initialising'))).toBe(false);
  });

  it('says which script is wrong, and leaves no half-made database behind', async () => {
    await createDatabase(test, 'CREATE TABEL typo ();');
    const pod = await test.waitFor(
      'db',
      (candidate) => candidate.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
    );
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toMatch(
      /10-orders\.sql: syntax error at or near "TABEL"/,
    );
    expect(existsSync(join(test.stateDir, 'volumes/test/data/18/docker'))).toBe(false);
  });

  it('has psql and pg_isready for hooks: a volume gets what it lacks at every start', async () => {
    const wanted = (...names: string[]) => `
      SELECT format('CREATE DATABASE %I', name) FROM unnest('{${names.join()}}'::name[]) name
      WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \\gexec
    `;
    const script = `
      until pg_isready --quiet --username=postgres --host=127.0.0.1; do sleep 0.1; done
      psql --username=postgres --set=ON_ERROR_STOP=1 --quiet --file=/docker-entrypoint-initdb.d/10-orders.sql
    `;
    const databases = async (pod: Pod) =>
      query(pod, "SELECT datname FROM pg_database WHERE datname IN ('first', 'second') ORDER BY 1", {
        user: 'postgres',
        password: 'root-secret',
        database: 'postgres',
      });
    await createDatabase(test, wanted('first'), { lifecycle: { postStart: { exec: { command: ['sh', '-ec', script] } } } });
    expect(await databases(await test.waitUntilReady('db'))).toEqual(['first']);

    const secret = await test.client.get(Secrets, 'test', 'init');
    if (secret === undefined) throw new Error('there is no such Secret');
    const data = { '10-orders.sql': Buffer.from(wanted('first', 'second')).toString('base64') };
    await test.client.update(Secrets, { ...secret, data });
    await test.restart();
    await test.waitFor('db', (candidate) => !isReady(candidate));
    expect(await databases(await test.waitUntilReady('db'))).toEqual(['first', 'second']);
  });

  it('refuses the data of another major version', async () => {
    await createDatabase(test);
    await test.waitUntilReady('db');
    const version = join(test.stateDir, 'volumes/test/data/18/docker/PG_VERSION');
    expect((await readFile(version, 'utf8')).trim()).toBe('18');
    await writeFile(version, '17\n');
    await test.restart();
    const pod = await test.waitFor(
      'db',
      (candidate) => candidate.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
    );
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toMatch(
      /belongs to PostgreSQL 17, and the native server is 18/,
    );
  });
});
