/**
 * Pod addresses out of 127.16.0.0/12, every one of which a process can bind on Linux without any set-up. An address belongs to its Pod
 * as long as the Pod exists, over restarts too. Two systems on one machine begin at different places, derived from their state
 * directories, so they hardly ever meet.
 */
import { createHash } from 'node:crypto';

export interface AddressPool {
  /** `wanted` (the address the Pod had before) when it is free, else the next free one. */
  allocate(owner: string, wanted?: string): string;
  release(owner: string): void;
}

const FIRST = (127 << 24) | (16 << 16);
const SIZE = 1 << 20;

export function createAddressPool(seed: string): AddressPool {
  const owners = new Map<string, string>();
  const taken = new Set<string>();
  let next = createHash('sha256').update(seed).digest().readUInt32BE(0) % SIZE;

  function take(owner: string, address: string): string {
    owners.set(owner, address);
    taken.add(address);
    return address;
  }

  return {
    allocate(owner, wanted) {
      const current = owners.get(owner);
      if (current !== undefined) return current;
      if (wanted !== undefined && isPodAddress(wanted) && !taken.has(wanted)) return take(owner, wanted);
      for (let tries = 0; tries < SIZE; tries++) {
        next = (next + 1) % SIZE;
        const address = format(FIRST + next);
        // .0 and .255 are bindable, but look like a mistake to people.
        if (!/\.(0|255)$/.test(address) && !taken.has(address)) return take(owner, address);
      }
      throw new Error('all Pod addresses of 127.16.0.0/12 are in use');
    },
    release(owner) {
      const address = owners.get(owner);
      if (address === undefined) return;
      owners.delete(owner);
      taken.delete(address);
    },
  };
}

function isPodAddress(address: string): boolean {
  const [first, second] = address.split('.').map(Number);
  return first === 127 && second !== undefined && second >= 16 && second < 32;
}

function format(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}
