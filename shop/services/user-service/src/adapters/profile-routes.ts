/**
 * A person's own profile and sessions. To others an account that exists looks like one that does not.
 */
import { type HttpServer, problem, Type } from '@hikyaku/service';
import type { Accounts } from '../application/accounts.ts';
import type { Sessions } from '../application/sessions.ts';
import { LocaleName, PersonName, UserBody } from './account-routes.ts';
import { own, signedIn, unknownUser, UserParams } from './own.ts';

const ProfilePatch = Type.Object(
  { name: Type.Optional(PersonName), locale: Type.Optional(LocaleName) },
  { minProperties: 1, additionalProperties: false, description: 'What is not given stays as it is' },
);

const SessionBody = Type.Object({
  id: Type.String(),
  userAgent: Type.String(),
  createdAt: Type.String(),
  lastUsedAt: Type.String(),
  expiresAt: Type.String({ description: 'Unless it is used before' }),
  current: Type.Boolean({ description: 'Whether the caller’s token belongs to it' }),
});

export function profileRoutes(http: HttpServer, accounts: Accounts): void {
  const get = { params: UserParams, response: { 200: UserBody } };
  http.get('/users/:id', { schema: get, config: signedIn }, async ({ user: caller, params: { id } }) => {
    const user = await accounts.find(own(caller, id));
    if (user === undefined) throw unknownUser();
    return user;
  });

  const patch = { ...get, body: ProfilePatch };
  http.patch('/users/:id', { schema: patch, config: signedIn }, async ({ user: caller, params: { id }, body }) => {
    const user = await accounts.change(own(caller, id), body);
    if (user === undefined) throw unknownUser();
    return user;
  });
}

export function sessionRoutes(http: HttpServer, sessions: Sessions): void {
  const list = { params: UserParams, response: { 200: Type.Object({ items: Type.Array(SessionBody) }) } };
  http.get('/users/:id/sessions', { schema: list, config: signedIn }, async ({ user: caller, params: { id } }) => {
    const open = await sessions.list(own(caller, id));
    const items = open.map(({ id: sessionId, userAgent, createdAt, lastUsedAt, expiresAt }) => ({
      id: sessionId,
      userAgent,
      createdAt: createdAt.toISOString(),
      lastUsedAt: lastUsedAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
      current: caller?.claims.sid === sessionId,
    }));
    return { items };
  });

  const one = { params: Type.Object({ ...UserParams.properties, sessionId: Type.String({ format: 'uuid' }) }) };
  http.delete('/users/:id/sessions/:sessionId', { schema: one, config: signedIn }, async (request, reply) => {
    const { id, sessionId } = request.params;
    const isRevoked = await sessions.revoke(own(request.user, id), sessionId);
    if (!isRevoked) throw problem(404, { detail: 'There is no such session that is open.' });
    return reply.code(204).send();
  });
}
