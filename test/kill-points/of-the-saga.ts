/** The points of the checkout: around each step and each compensation, and around what an operator decides. */
import { checkout } from '../../shop/services/order-service/src/application/checkout.ts';
import type { KillPoint } from '../support/kill-point.ts';
import { around } from './of-requests.ts';
import { row, type Row } from './row.ts';

const saga = (step: string, phase: string): KillPoint => ({ channel: 'hikyaku.saga', step, phase });
const steps = checkout.steps.map(({ name }) => name);
const compensated = [...checkout.steps.filter(({ compensate }) => compensate).map(({ name }) => name), 'onCompensated'];

export const ofTheSaga: readonly Row[] = [
  ...steps.flatMap((step) =>
    ['before', 'after'].map((phase) => row('order', `${phase} ${step}`, saga(step, phase), 'bought', 'bought')),
  ),
  ...compensated.flatMap((step) =>
    ['before-compensate', 'in-compensate', 'after-compensate'].map((phase) =>
      row('order', `${phase} ${step}`, saga(step, phase), 'unshippable', 'declined', 'bought'),
    ),
  ),
];

/** The checkout is stuck by then, and an operator decides. */
export const ofDecisions: readonly Row[] = [
  ...around('order', 'POST /sagas/:id/retry', 'unmailed'),
  row('order', 'between the decision to retry and what comes of it', saga('retry', 'decided'), 'unmailed'),
  row('order', 'before notify, retried', saga('notify', 'before'), 'unmailed'),
  row('order', 'after notify, retried', saga('notify', 'after'), 'unmailed'),
  ...around('order', 'POST /sagas/:id/compensate', 'unrefunded'),
  row('order', 'between the decision to compensate and what comes of it', saga('compensate', 'decided'), 'unrefunded'),
  ...['before-compensate', 'in-compensate', 'after-compensate'].map((phase) =>
    row('order', `${phase} capture-payment, decided`, saga('capture-payment', phase), 'unrefunded'),
  ),
  row('order', 'after-compensate onCompensated, decided', saga('onCompensated', 'after-compensate'), 'unrefunded'),
];
