/** The sagas of one service: what was registered, run by the engine, which is loaded only when there is any. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from 'pino';
import type { DatabasePool } from '../database/pool.ts';
import { contextFrom, activeTraceparent, inSpan, SpanKind } from '../telemetry/trace.ts';
import { createWaker, type Waker } from '../waker.ts';
import { persist } from './attempt.ts';
import type { Engine, EngineWorkflow } from './dbos.ts';
import { createJournal, type Remember } from './journal.ts';
import { forgetEnded } from './forget.ts';
import { readMarks } from './marks.ts';
import { decide, type Decision } from './operator.ts';
import { listSagas, readStatus, type Registered } from './read-status.ts';
import { createRemembering } from './remembering.ts';
import { runSaga, type SagaRun } from './run.ts';
import type { Saga } from './saga.ts';
import type { SagaRunner, Sagas } from './status.ts';

export interface ServiceSagas extends Sagas {
  /** Goes on with sagas that were left unfinished. */
  start(): Promise<void>;
  /** Forgets those that ended so many days ago. */
  forget(keepDays: number): Promise<void>;
  close(): Promise<void>;
}

export type SagasOptions = { readonly service: string; readonly database: DatabasePool; readonly log: Logger };

const dayMs = 24 * 60 * 60 * 1000;

/** The engine keeps these as the workflow's arguments; the last counts the decisions of operators. */
type Arguments<Input> = readonly [
  id: string,
  envelope: { readonly input: Input; readonly traceparent: string | null },
  number?: number,
];

/** What all sagas of the service share. */
type Shared = SagasOptions & { readonly ending: AbortSignal; readonly remember: Remember };

/** The workflow that is being started here, as its own run sees it: nobody can have run it before. */
const beingStarted = new AsyncLocalStorage<string>();

export function createSagas(options: SagasOptions): ServiceSagas {
  const { service, database, log } = options;
  const workflows: EngineWorkflow[] = [];
  const registered: Registered[] = [];
  const ending = new AbortController();
  const remember = createRemembering(database);
  let engine: Engine | undefined;
  const started = (): Engine => {
    if (!engine) throw new TypeError('sagas can be started once the service has started');
    return engine;
  };
  return {
    register: <Input, Ports>(saga: Saga<Input, Ports>, ports: Ports): SagaRunner<Input> => {
      const wakers = new Map<string, Waker>();
      const shared = { ...options, ending: ending.signal, remember };
      workflows.push(...workflowNames(saga).flatMap((name) => toWorkflows(name, saga, ports, wakers, shared)));
      const entry = toRegistered(saga);
      registered.push(entry);
      const decideOn = (id: string, decision: Decision) =>
        decide({ engine: started(), database, remember, saga, registered: entry }, id, decision);
      return {
        start: async (id, input) => {
          const args: Arguments<Input> = [id, { input, traceparent: activeTraceparent() ?? null }];
          const workflowId = `${saga.name}:${id}`;
          await beingStarted.run(workflowId, () => started().startWorkflow(workflowName(saga, saga.version), workflowId, args));
        },
        status: (id) => readStatus(database, entry, id),
        marks: (ids) => readMarks(database, entry, ids),
        wake: (id) => wakers.get(id)?.wake(),
        retry: (id) => decideOn(id, 'retry'),
        compensate: (id) => decideOn(id, 'compensate'),
      };
    },
    list: (query = {}) => listSagas(database, registered, query),
    start: async () => {
      if (workflows.length === 0) return;
      const { openEngine } = await import('./dbos.ts');
      engine = await openEngine({ service, url: database.url, database, log, workflows });
    },
    forget: async (keepDays) => {
      const names = registered.flatMap((saga) => saga.workflows);
      if (engine) await forgetEnded(database, names, new Date(Date.now() - keepDays * dayMs));
    },
    close: async () => {
      ending.abort();
      await engine?.close();
    },
  };
}

const workflowName = ({ name }: { readonly name: string }, version: string): string => `${name}@${version}`;

const workflowNames = ({
  name,
  version,
  replaces = [],
}: Pick<Saga<unknown, unknown>, 'name' | 'version' | 'replaces'>): string[] =>
  [version, ...replaces].map((each) => workflowName({ name }, each));

/** Versions before the journal was the kit's own had their name in the id. */
const workflowIds = ({ name, replaces = [] }: Pick<Saga<unknown, unknown>, 'name' | 'replaces'>, id: string): string[] => [
  `${name}:${id}`,
  ...replaces.map((version) => `${workflowName({ name }, version)}:${id}`),
];

function toRegistered<Input, Ports>({ name, version, replaces = [], steps }: Saga<Input, Ports>): Registered {
  return {
    name,
    workflows: workflowNames({ name, version, replaces }),
    workflowIds: (id) => workflowIds({ name, replaces }, id),
    steps: steps.map((step) => ({ name: step.name, hasCompensation: step.compensate !== undefined })),
  };
}

/** One that begins it, and one for each decision of an operator: a decision that was made is as durable as the saga itself. */
function toWorkflows<Input, Ports>(
  name: string,
  saga: Saga<Input, Ports>,
  ports: Ports,
  wakers: Map<string, Waker>,
  shared: Shared,
): EngineWorkflow[] {
  const run = (decision: Decision | undefined, args: readonly unknown[]): Promise<void> => {
    // They were Arguments<Input> when the saga was started under this name, which includes the version.
    const [sagaId, { input, traceparent }, number = 0] = args as Arguments<Input>;
    const waker = wakers.get(sagaId) ?? createWaker();
    wakers.set(sagaId, waker);
    const workflowId = `${saga.name}:${sagaId}`;
    const isNew = decision === undefined && beingStarted.getStore() === workflowId;
    const operator = decision && { decision, number };
    const { database, remember, ending, log } = shared;
    const journal = createJournal({ database, remember, name: saga.name, id: sagaId, workflowId });
    return inSpan(
      `saga ${saga.name}`,
      SpanKind.INTERNAL,
      { 'saga.id': sagaId },
      () => runToItsEnd({ saga, sagaId, input, ports, journal, waker, isNew, operator, ending, log }),
      contextFrom(traceparent === null ? {} : { traceparent }),
    ).finally(() => wakers.delete(sagaId));
  };
  return [
    { name, run: (...args) => run(undefined, args) },
    { name: `${name} retry`, run: (...args) => run('retry', args) },
    { name: `${name} compensate`, run: (...args) => run('compensate', args) },
  ];
}

/** A mistake in here must not lose a saga: it is stuck, and an operator sees why. */
async function runToItsEnd<Input, Ports>(run: SagaRun<Input, Ports>): Promise<void> {
  try {
    await runSaga(run);
  } catch (error) {
    run.log.error({ err: error, saga: run.saga.name, sagaId: run.sagaId }, 'a saga could not be carried on');
    await persist(run, () => run.journal.stuck({ step: 'saga', part: 'run' }, String(error)));
  }
}
