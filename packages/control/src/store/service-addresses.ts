/**
 * Gives every Service its own address in 127.96.0.0/12. The address depends on the Service's name and on this store, so deleting and
 * creating a Service again gives it the same one, while two systems on one machine seldom meet.
 */
import { createHash } from 'node:crypto';
import { fieldError, type FieldError, type Service } from '@hikyaku/resources';

const firstAddress = ipv4ToNumber('127.96.0.0');
const rangeSize = 2 ** 20;
const clusterIP = ['spec', 'clusterIP'];
/** 127.96.0.1 belongs to the API itself (`kubernetes.default`); the network's first and last address are left alone. */
const reservedOffsets = new Set([0, 1, rangeSize - 1]);

export interface AddressBook {
  /** Distinguishes this store from others on the machine. */
  salt: string;
  /** Addresses other Services have. */
  taken: ReadonlySet<string>;
}

/** Whether a Service of this type has an address at all; a headless Service says `None` itself. */
export function needsAddress({ spec }: Service): boolean {
  return spec?.type !== 'ExternalName' && spec?.clusterIP !== 'None';
}

/** The Service with its address: the one it asks for, the one it had, or a free one. */
export function withAddress(service: Service, old: Service | undefined, book: () => AddressBook): Service {
  if (!needsAddress(service)) return service.spec?.clusterIP === 'None' ? addressed(service, 'None') : service;
  const asked = nonEmpty(service.spec?.clusterIP);
  const had = old === undefined || old.spec?.clusterIP === 'None' ? undefined : nonEmpty(old.spec?.clusterIP);
  return addressed(service, asked ?? had ?? freeAddress(service, book()));
}

/** What is wrong with the address a Service asks for; nothing for one it already had. */
export function addressErrors(service: Service, old: Service | undefined, book: () => AddressBook): FieldError[] {
  const address = service.spec?.clusterIP;
  if (address === undefined || !needsAddress(service) || address === old?.spec?.clusterIP) return [];
  if (!isInRange(address)) return [fieldError(clusterIP, `must be in the Service range 127.96.0.0/12, got ${address}`)];
  if (book().taken.has(address)) return [fieldError(clusterIP, `asks for ${address}, which another Service has`)];
  return [];
}

function addressed(service: Service, address: string): Service {
  const families = { ipFamilies: ['IPv4'] as ['IPv4'], ipFamilyPolicy: 'SingleStack' as const };
  return { ...service, spec: { ...families, ...service.spec, clusterIP: address, clusterIPs: [address] } };
}

function freeAddress({ metadata }: Service, { salt, taken }: AddressBook): string {
  const seed = createHash('sha256')
    .update(`${salt}/${metadata.namespace ?? ''}/${metadata.name}`)
    .digest()
    .readUInt32BE(0);
  for (let step = 0; step < rangeSize; step++) {
    const offset = (seed + step) % rangeSize;
    const address = numberToIpv4(firstAddress + offset);
    // A last octet of 0 or 255 is legal, but looks like a mistake in every log.
    const looksOdd = offset % 256 === 0 || offset % 256 === 255;
    if (!reservedOffsets.has(offset) && !looksOdd && !taken.has(address)) return address;
  }
  throw new Error('no Service address is left in 127.96.0.0/12');
}

function isInRange(address: string): boolean {
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(address)) return false;
  const offset = ipv4ToNumber(address) - firstAddress;
  return offset >= 0 && offset < rangeSize;
}

function ipv4ToNumber(address: string): number {
  return address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
}

function numberToIpv4(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
