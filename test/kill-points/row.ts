/** A point at which a process may die, and who leads it there. */
import type { KillPoint } from '../support/kill-point.ts';
import type { ServiceName } from '../support/shop-processes.ts';
import type { Wish } from './buyers.ts';

export type Row = {
  readonly name: string;
  readonly service: ServiceName;
  readonly point: KillPoint;
  readonly wishes: readonly Wish[];
  /** How often they come before the point counts as one that nobody comes to. Default 1. */
  readonly waves?: number;
};

export const row = (service: ServiceName, name: string, point: KillPoint, ...wishes: Wish[]): Row => ({
  name: `${service}, ${name}`,
  service,
  point,
  wishes,
});
