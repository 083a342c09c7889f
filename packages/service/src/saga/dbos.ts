/**
 * The durable engine: DBOS, with its tables in the service's own database (schema `dbos`). A saga is a workflow: DBOS starts each once, and has it run
 * again elsewhere when its process is gone. What it remembers of its steps is the kit's own journal: DBOS spends seven statements on each step, the
 * journal one, and steps bear being repeated anyway. DBOS is one per process, so a process can have one service with sagas at a time.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { DBOS, type DLogger, Error as DBOSErrors } from '@dbos-inc/dbos-sdk';
import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor';
import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import { openEnginePool } from './engine-pool.ts';
import { shareTransactions } from './engine-rounds.ts';
import { createExecutorLock } from './executor-lock.ts';
import { oneAtATime } from './one-at-a-time.ts';

/** What a saga is to the engine. The arguments are JSON. */
export type EngineWorkflow = {
  readonly name: string;
  readonly run: (...args: readonly unknown[]) => Promise<void>;
};

export interface Engine {
  /**
   * Resolves once it is durable that the workflow will run; an id that was started before is not started again.
   * False: it was, as a workflow of another name.
   */
  startWorkflow(name: string, id: string, args: readonly unknown[]): Promise<boolean>;
  /** The first of these that was started. */
  find(ids: readonly string[]): Promise<StartedWorkflow | undefined>;
  /** Waits a moment for what runs, leaves the rest to others. */
  close(): Promise<void>;
}

export type StartedWorkflow = { readonly id: string; readonly name: string; readonly args: readonly unknown[] };

export type EngineOptions = {
  readonly service: string;
  readonly url: string;
  readonly database: Database;
  readonly log: Logger;
  readonly workflows: readonly EngineWorkflow[];
};

/**
 * DBOS recovers only workflows of its own application version. Ours carry the version in their name instead, so that
 * changing one saga does not orphan the others.
 */
const applicationVersion = 'sagas';
/** Sagas that run at the same time use them for a moment each; steps use the service's own pool. */
const poolConnections = 2;
const drainMs = 3000;
/** A crash loop must not make an order unfinishable. */
const maxRecoveryAttempts = 1_000_000;

export async function openEngine({ service, url, database, log, workflows }: EngineOptions): Promise<Engine> {
  // Not the host's name alone: a process that comes back in the same Pod must not pass for the one that died there.
  const executorID = `${hostname()}-${randomUUID().slice(0, 8)}`;
  const registered = new Map(workflows.map(({ name, run }) => [name, register(name, run)]));
  const pool = openEnginePool({ url, log, applicationName: `sagas ${executorID}`, connections: poolConnections });
  DBOS.setConfig({
    name: service,
    systemDatabaseUrl: url,
    systemDatabasePool: pool,
    executorID,
    applicationVersion,
    logger: engineLogger(log),
    // Nothing here waits for DBOS events or messages, and it would cost a connection.
    useListenNotify: false,
  });
  await oneAtATime(url, 'hikyaku.saga.engine', () => DBOS.launch());
  if (DBOSExecutor.globalInstance) shareTransactions(DBOSExecutor.globalInstance.systemDatabase, pool);
  const lock = createExecutorLock({
    url,
    executorId: executorID,
    unfinished: () => executorsWithWork(database, executorID),
    recover,
    log,
  });
  await lock.start();
  return {
    startWorkflow: async (name, id, args) => {
      const workflow = registered.get(name);
      if (!workflow) throw new TypeError(`saga ${name} was not registered`);
      try {
        await DBOS.startWorkflow(workflow, { workflowID: id })(...args);
        return true;
      } catch (error) {
        if (error instanceof DBOSErrors.DBOSConflictingWorkflowError) return false;
        throw error;
      }
    },
    find: async (ids) => {
      const [found] = await DBOS.listWorkflows({ workflowIDs: [...ids], loadInput: true, loadOutput: false });
      return found && { id: found.workflowID, name: found.workflowName, args: found.input ?? [] };
    },
    close: async () => {
      await DBOS.shutdown({ deregister: true, workflowCompletionTimeoutMS: drainMs });
      // Not before: others take over as soon as it is free.
      await lock.close();
      await pool.end();
    },
  };
}

const register = (name: string, run: EngineWorkflow['run']) => DBOS.registerWorkflow(run, { name, maxRecoveryAttempts });

async function executorsWithWork(database: Database, self: string): Promise<string[]> {
  return database.query(
    `SELECT DISTINCT executor_id FROM dbos.workflow_status WHERE status = 'PENDING' AND application_version = $1 AND executor_id <> $2`,
    [applicationVersion, self],
    ({ executor_id: id }) => String(id),
  );
}

/** Puts the workflows back into DBOS' queue, from which one of the living takes each. */
async function recover(executorId: string): Promise<void> {
  await DBOSExecutor.globalInstance?.recoverPendingWorkflows([executorId]);
}

/** DBOS tells about every launch and every query; only what went wrong is of interest. */
const engineLogger = (log: Logger): DLogger => ({
  debug: () => undefined,
  info: () => undefined,
  warn: (entry) => log.warn({ engine: 'dbos' }, text(entry)),
  error: (entry) => log.error({ engine: 'dbos', err: entry instanceof Error ? entry : undefined }, text(entry)),
});

const text = (entry: unknown): string =>
  entry instanceof Error ? entry.message : typeof entry === 'string' ? entry : JSON.stringify(entry);
