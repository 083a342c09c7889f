/**
 * What an operator may decide about a saga that is stuck. A decision is a workflow of its own, so it is carried out although the process that took
 * it dies the moment after. The workflow's id counts the decisions: of two operators at the same time one is first.
 */
import type { Database } from '../database/database.ts';
import type { Engine } from './dbos.ts';
import { createJournal, keyOf, type Remember } from './journal.ts';
import { reached } from './points.ts';
import { readStatus, type Registered } from './read-status.ts';
import type { Saga } from './saga.ts';
import { SagaError } from './status.ts';

export type Decision = 'retry' | 'compensate';

type Place<Input, Ports> = {
  readonly engine: Engine;
  readonly database: Database;
  readonly remember: Remember;
  readonly saga: Saga<Input, Ports>;
  readonly registered: Registered;
};

/** @throws SagaError */
export async function decide<Input, Ports>(
  { engine, database, remember, saga, registered }: Place<Input, Ports>,
  id: string,
  decision: Decision,
): Promise<void> {
  const started = await engine.find(registered.workflowIds(id));
  const status = await readStatus(database, registered, id);
  if (!started || !status) throw new SagaError('SAGA_UNKNOWN', `there is no saga ${saga.name} ${id}`);
  if (status.state !== 'stuck') throw notStuck(`it is ${status.state}`);
  const journal = createJournal({ database, remember, name: saga.name, id, workflowId: started.id });
  const { outcomes, resumed, state } = await journal.load();
  if (state !== undefined && state !== 'stuck') throw notStuck(`it is ${state}`);
  const pivot = saga.steps.find(({ pivot: isPivot }) => isPivot === true);
  const isPast = pivot && outcomes.get(keyOf({ step: pivot.name, part: 'run' }))?.ok === true;
  if (decision === 'compensate' && isPast)
    throw new SagaError('SAGA_PAST_PIVOT', `${pivot.name} is done, so the saga can only be retried`);
  // Given up by the engine, which leaves no note of it.
  if (state === undefined) await journal.stuck({ step: 'saga', part: 'run' }, 'the engine gave it up');
  const number = resumed + 1;
  const isOurs = await engine.startWorkflow(`${started.name} ${decision}`, `${started.id}#${number}`, [
    ...started.args.slice(0, 2),
    number,
  ]);
  if (!isOurs) throw notStuck('somebody else has just decided otherwise');
  reached({ saga: saga.name, id, step: decision, phase: 'decided' });
  // The workflow begins with this, too, but perhaps not before the operator looks again.
  await journal.resumed(number);
}

const notStuck = (why: string): SagaError =>
  new SagaError('SAGA_NOT_STUCK', `only a saga that is stuck needs a decision: ${why}`);
