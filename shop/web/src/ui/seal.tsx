/** A hanko: the red seal that says in one character how an order stands. Decoration beside the same in words. */
import type { OrderStatus } from '../api/orders.ts';

const characters: Record<OrderStatus, string> = { pending: '承', confirmed: '済', cancelled: '消' };

export function Seal({ status }: { status: OrderStatus }) {
  return (
    <span class="seal" data-status={status} aria-hidden="true">
      {characters[status]}
    </span>
  );
}
