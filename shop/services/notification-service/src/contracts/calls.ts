/** What this service asks of others over HTTP, and what it reads of their answers. */
import { defineCall, Type } from '@hikyaku/service';

/** Optional, as accounts from before there were languages do not tell it. */
export const LocaleName = Type.Optional(Type.Union([Type.Literal('ja'), Type.Literal('en')]));

export const findUser = defineCall({
  provider: 'user-service',
  method: 'GET',
  path: '/internal/users/:id',
  response: Type.Object({ id: Type.String(), email: Type.String(), name: Type.String(), locale: LocaleName }),
});
