/** Dead letters for operators, over HTTP: what the groups of this service have given up, and giving it another chance. */
import { Type } from 'typebox';
import type { HttpServer } from '../service.ts';
import type { DeadLetters } from './bus.ts';
import { CloudEvent } from './event.ts';

const auth = { auth: 'required', role: 'operator' } as const;
const limit = Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Of each group, the oldest first' });
const Letter = Type.Object({
  group: Type.String(),
  id: Type.String(),
  reason: Type.String(),
  failedAt: Type.String(),
  event: CloudEvent,
});
const Replay = Type.Object({
  ids: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 1000, description: 'Default: all' })),
});
export function deadLetterRoutes(http: HttpServer, groups: readonly string[], deadLetters: DeadLetters): void {
  const listing = {
    querystring: Type.Object({ limit }),
    response: { 200: Type.Object({ items: Type.Array(Letter) }) },
  };
  http.get('/dead-letters', { schema: listing, config: auth }, async ({ query }) => {
    const byGroup = await Promise.all(
      groups.map(async (group) =>
        (await deadLetters.list(group, query.limit)).map(({ failedAt, ...letter }) => ({
          group,
          ...letter,
          failedAt: failedAt.toISOString(),
        })),
      ),
    );
    return { items: byGroup.flat() };
  });

  const replaying = { body: Replay, response: { 200: Type.Object({ replayed: Type.Integer() }) } };
  http.post('/dead-letters/replay', { schema: replaying, config: auth }, async ({ body: { ids } }) => {
    let replayed = 0;
    for (const group of groups) replayed += await deadLetters.replay(group, ids);
    return { replayed };
  });
}
