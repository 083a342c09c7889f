/** One column of a table: what it is called and what it shows of an object. */
import type { Resource } from '@hikyaku/resources';

export interface Column<R extends Resource = Resource> {
  name: string;
  cell: (object: R, nowMs: number) => string | number;
  isWide?: boolean;
}
