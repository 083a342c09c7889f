/**
 * Listeners of one Gateway on one port keep to themselves: a request belongs to the one whose hostname names it most closely, and only what is
 * attached there may serve it, even when that is nothing.
 *
 * The snapshot has one list of domains for the port, of which the closest takes the request. That says the same when no domain of a listener lies
 * within a closer one, and when every listener within another one has its own domain, be it empty. Gateways do not keep from each other what they
 * have on one port: on a cluster each has an address of its own.
 */
import { covers } from '../hosts.ts';
import type { Listener } from './listeners.ts';

/** Of the domains that a route has at the listener, those whose requests belong to it. */
export function ownDomains(listener: Listener, domains: readonly string[], listeners: readonly Listener[]): string[] {
  const closer = listeners.filter((other) => isBeside(other, listener) && isWithin(other, listener));
  return domains.filter((domain) => !closer.some(({ hostname }) => covers(hostname, domain)));
}

/** Those listeners whose domain must be there for what is around them not to be asked. */
export function enclosed(listeners: readonly Listener[]): Listener[] {
  return listeners.filter((listener) => listeners.some((other) => isBeside(other, listener) && isWithin(listener, other)));
}

function isBeside(a: Listener, b: Listener): boolean {
  return a.gateway === b.gateway && a.spec.port === b.spec.port;
}

function isWithin(a: Listener, b: Listener): boolean {
  return a.hostname !== b.hostname && covers(b.hostname, a.hostname);
}
