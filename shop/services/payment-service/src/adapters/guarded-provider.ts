/**
 * Guards a payment provider: so many calls at a time, each for so long, none while it is down. Lookups are tried again here; what
 * changes something is tried again by whoever wants it, which is where each attempt can be seen.
 */
import type { Guard, GuardOptions } from '@hikyaku/service';
import type { PaymentProvider } from '../application/payment-provider.ts';

export interface GuardingOptions {
  provider: PaymentProvider;
  timeoutMs: number;
  guard: (dependency: string, options: GuardOptions) => Guard;
}

export function guarded({ provider, timeoutMs, guard: create }: GuardingOptions): PaymentProvider {
  const guard = create(provider.name, {
    timeoutMs,
    attempts: 3,
    bulkhead: { concurrent: 64, waiting: 256 },
    isFailure: (error) => provider.isUnwell(error),
  });
  const once = <T>(work: () => Promise<T>) => guard.run(work, { attempts: 1 });
  return {
    name: provider.name,
    isUnwell: (error) => provider.isUnwell(error),
    register: (card) => once(() => provider.register(card)),
    authorize: (booking) => once(() => provider.authorize(booking)),
    capture: (booking) => once(() => provider.capture(booking)),
    void: (booking) => once(() => provider.void(booking)),
    refund: (booking) => once(() => provider.refund(booking)),
    find: (booking) => guard.run(() => provider.find(booking)),
  };
}
