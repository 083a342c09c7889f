/** The sagas of one service: what was registered, run by the engine, which is loaded only when there is any. */
import type { Logger } from 'pino';
import type { DatabasePool } from '../database/pool.ts';
import { contextFrom, activeTraceparent, inSpan, SpanKind } from '../telemetry/trace.ts';
import type { Engine, EngineWorkflow } from './dbos.ts';
import { readStatus, trackProgress } from './progress.ts';
import { runSaga } from './run.ts';
import type { Saga, SagaRunner, Sagas } from './saga.ts';

export interface ServiceSagas extends Sagas {
  /** Goes on with sagas that were left unfinished. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The engine keeps this as the workflow's input. */
type Envelope<Input> = { readonly input: Input; readonly traceparent: string | null };

export function createSagas({ service, database, log }: { service: string; database: DatabasePool; log: Logger }): ServiceSagas {
  const workflows: EngineWorkflow[] = [];
  const ending = new AbortController();
  let engine: Engine | undefined;
  const started = (): Engine => {
    if (!engine) throw new TypeError('sagas can be started once the service has started');
    return engine;
  };
  return {
    register: <Input, Ports>(saga: Saga<Input, Ports>, ports: Ports): SagaRunner<Input> => {
      const workflow = `${saga.name}@${saga.version}`;
      const steps = saga.steps.map(({ name }) => name);
      workflows.push(toWorkflow(workflow, saga, ports, { database, ending: ending.signal }));
      return {
        start: async (id, input) => {
          const envelope: Envelope<Input> = { input, traceparent: activeTraceparent() ?? null };
          await started().startWorkflow(workflow, id, envelope);
          // The saga writes this itself, but perhaps not before the caller asks for the status.
          await trackProgress(database, saga.name, id).begun();
        },
        status: (id) => readStatus(database, saga.name, id, steps),
      };
    },
    start: async () => {
      if (workflows.length === 0) return;
      const { openEngine } = await import('./dbos.ts');
      engine = await openEngine({ service, url: database.url, database, log, workflows });
    },
    close: async () => {
      ending.abort();
      await engine?.close();
    },
  };
}

function toWorkflow<Input, Ports>(
  name: string,
  saga: Saga<Input, Ports>,
  ports: Ports,
  { database, ending }: { database: DatabasePool; ending: AbortSignal },
): EngineWorkflow {
  return {
    name,
    run: (sagaId, envelope, journal) => {
      // It was an Envelope<Input> when the saga was started under this name, which includes the version.
      const { input, traceparent } = envelope as Envelope<Input>;
      const progress = trackProgress(database, saga.name, sagaId);
      return inSpan(
        `saga ${saga.name}`,
        SpanKind.INTERNAL,
        { 'saga.id': sagaId },
        () => runSaga({ saga, sagaId, input, ports, journal, progress, ending }),
        contextFrom(traceparent === null ? {} : { traceparent }),
      );
    },
  };
}
