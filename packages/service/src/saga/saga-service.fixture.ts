/** A service with one saga on a PostgreSQL of its own, for tests of what can be seen and done of sagas from outside. */
import { Type, type TString } from 'typebox';
import { createService } from '../create-service.ts';
import type { Service } from '../service.ts';
import { startPostgres, testSettings } from '../testing/index.ts';
import type { Saga } from './saga.ts';
import type { SagaRunner } from './status.ts';

export type SagaService<Input> = {
  readonly service: Service<{ DATABASE_URL: TString }>;
  readonly runner: SagaRunner<Input>;
  stop(): Promise<void>;
};

export async function startSagaService<Input>(saga: Saga<Input, object>): Promise<SagaService<Input>> {
  const postgres = await startPostgres();
  const service = await createService({
    name: 'trips',
    version: '0',
    config: { DATABASE_URL: Type.String() },
    env: { ...testSettings, DATABASE_URL: postgres.url('postgres') },
  });
  const runner = service.sagas.register(saga, {});
  await service.start();
  return {
    service,
    runner,
    stop: async () => {
      await service.close();
      await postgres.stop();
    },
  };
}
