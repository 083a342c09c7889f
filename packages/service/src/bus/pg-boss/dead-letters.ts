/** Events that were given up, in a queue beside each group's own. */
import type { PgBoss } from 'pg-boss';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { DeadLetter, DeadLetters } from '../bus.ts';
import { CloudEvent } from '../event.ts';

export const deadQueue = (queue: string): string => `${queue}.dead`;

const Output = Type.Object({ message: Type.String() });

/** @param onReplayed called with the queue that has work again. */
export function pgBossDeadLetters(boss: PgBoss, onReplayed: (queue: string) => Promise<void>): DeadLetters {
  return {
    list: async (group, limit = 100) => {
      const jobs = await boss.findJobs<unknown>(deadQueue(group), { queued: true });
      return jobs
        .map(({ id, data, createdOn, sourceOutput }): DeadLetter => ({
          id,
          event: Value.Parse(CloudEvent, data),
          failedAt: createdOn,
          reason: Value.Check(Output, sourceOutput) ? sourceOutput.message : 'unknown',
        }))
        .sort((a, b) => a.failedAt.getTime() - b.failedAt.getTime())
        .slice(0, limit);
    },
    replay: async (group, ids) => {
      const count = await boss.redrive(deadQueue(group), { destination: group, ...(ids ? { ids: [...ids] } : {}) });
      await onReplayed(group);
      return count;
    },
  };
}
