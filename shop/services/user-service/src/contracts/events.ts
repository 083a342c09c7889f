/** The events of people's accounts, as others may rely on them. The subject is the user's id. */
import { defineEvent, Type } from '@hikyaku/service';

const user = Type.Object({
  userId: Type.String(),
  email: Type.String({ description: 'As the person wrote it' }),
  name: Type.String(),
  locale: Type.Union([Type.Literal('ja'), Type.Literal('en')], { description: 'The language a person is written to in' }),
});

export const userRegistered = defineEvent({ type: 'user.registered', data: user, summary: 'Somebody has opened an account.' });
export const userUpdated = defineEvent({ type: 'user.updated', data: user, summary: 'A name or a language was changed.' });

export const published = [userRegistered, userUpdated];
