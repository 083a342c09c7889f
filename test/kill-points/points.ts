/** Every point at which a process of the shop may die, by name, and who leads it there. */
import { ofEvents } from './of-events.ts';
import { ofRequests } from './of-requests.ts';
import { ofRounds } from './of-rounds.ts';
import { ofDecisions, ofTheSaga } from './of-the-saga.ts';
import type { Row } from './row.ts';

/** All there are. What follows an acknowledgement is a point of interest where the broker forgets the event by it: RabbitMQ, below. */
export const points: readonly Row[] = [
  ...ofTheSaga,
  ...ofRequests,
  ...ofRounds,
  ...ofDecisions,
  ...ofEvents(['written', 'committed', 'published', 'handling', 'handled'], ['committed', 'handling', 'handled']),
];

/** Those at which it matters that the events go through RabbitMQ: between a commit and the broker, and between the broker and a commit. */
export const rabbitmqPoints: readonly Row[] = ofEvents(['committed', 'published', 'handled', 'acknowledged']);
