import { describe, expect, it } from 'vitest';
import type { Order, Saga } from '../api/orders.ts';
import { standingOf } from './standing.ts';

const order = (part: Partial<Order>): Order => ({
  id: '1',
  status: 'pending',
  reason: undefined,
  items: [],
  totalYen: 1,
  shippingAddress: undefined,
  payment: undefined,
  shipment: undefined,
  createdAt: '',
  ...part,
});
const saga = (state: string): Saga => ({ state, steps: [] });

describe('how an order stands', () => {
  it.each([
    ['pending', order({}), undefined],
    ['pending', order({}), saga('running')],
    ['consent', order({ payment: { actionUrl: '/bank' } }), saga('running')],
    ['confirmed', order({ status: 'confirmed' }), saga('running')],
    ['shipped', order({ status: 'confirmed', shipment: { trackingNumber: '1', shippedAt: '' } }), saga('running')],
    ['cancelled', order({ status: 'cancelled' }), saga('compensated')],
  ])('is %s as the order says', (standing, of, itsSaga) => {
    expect(standingOf({ order: of, saga: itsSaga })).toBe(standing);
  });

  it('is not well while a confirmed order is being taken back', () => {
    expect(standingOf({ order: order({ status: 'confirmed' }), saga: saga('compensating') })).toBe('undoing');
  });

  it('asks for no consent to what is being taken back', () => {
    const asked = order({ payment: { actionUrl: '/bank' } });
    expect(standingOf({ order: asked, saga: saga('compensating') })).toBe('undoing');
  });
});
