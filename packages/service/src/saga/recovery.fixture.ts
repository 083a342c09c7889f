/**
 * A process with a saga, for recovery.test.ts. Each step notes in the table `effects` that it ran here; the middle one
 * then waits until the table `gate` has a row. Told over IPC which sagas to start.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createService, defineSaga, step, Type } from '../index.ts';

const service = await createService({ name: 'fixture', version: '0', config: { DATABASE_URL: Type.String() } });
const note = async (saga: string, name: string): Promise<void> => {
  await service.database.query('INSERT INTO effects (saga, step, pid) VALUES ($1, $2, $3)', [saga, name, process.pid]);
};
const saga = defineSaga<{ wish: string }, object>({
  name: 'fixture',
  version: '1',
  steps: [
    step({ name: 'before', run: async ({ sagaId, input }) => note(sagaId, `before ${input.wish}`) }),
    step({
      name: 'gated',
      timeoutMs: 60_000,
      run: async ({ sagaId }) => {
        await note(sagaId, 'gated');
        while (!(await service.database.one('SELECT 1 FROM gate'))) await delay(10);
      },
    }),
    step({ name: 'after', run: ({ sagaId }) => note(sagaId, 'after') }),
  ],
});
const runner = service.sagas.register(saga, {});
await service.start();
process.on('message', (id) => void runner.start(String(id), { wish: 'tea' }).then(() => process.send?.(`started ${String(id)}`)));
process.send?.('ready');
