/** The Gateway API's defaults, as its CRDs write them down. */
import { fill, optional, record, records, type Fields } from './fill.ts';

const group = 'gateway.networking.k8s.io';

export function defaultGateway(spec: Fields): void {
  for (const listener of records(spec, 'listeners')) {
    fill(record(record(listener, 'allowedRoutes'), 'namespaces'), { from: 'Same' });
    const tls = optional(listener, 'tls');
    if (tls === undefined) continue;
    fill(tls, { mode: 'Terminate' });
    for (const certificate of records(tls, 'certificateRefs')) fill(certificate, { group: '', kind: 'Secret' });
  }
}

export function defaultHttpRoute(spec: Fields): void {
  fill(spec, { rules: [{}] });
  defaultRoute(spec);
  for (const rule of records(spec, 'rules')) {
    fill(rule, { matches: [{}] });
    const retry = optional(rule, 'retry');
    if (retry !== undefined) fill(retry, { attempts: 1 });
    for (const match of records(rule, 'matches')) {
      fill(record(match, 'path'), { type: 'PathPrefix', value: '/' });
      for (const value of [...records(match, 'headers'), ...records(match, 'queryParams')]) fill(value, { type: 'Exact' });
    }
  }
}

export function defaultGrpcRoute(spec: Fields): void {
  defaultRoute(spec);
  for (const match of records(spec, 'rules').flatMap((rule) => records(rule, 'matches'))) {
    const method = optional(match, 'method');
    if (method !== undefined) fill(method, { type: 'Exact' });
    for (const header of records(match, 'headers')) fill(header, { type: 'Exact' });
  }
}

/** What both kinds of route have. */
function defaultRoute(spec: Fields): void {
  for (const parent of records(spec, 'parentRefs')) fill(parent, { group, kind: 'Gateway' });
  const rules = records(spec, 'rules');
  const backends = rules.flatMap((rule) => records(rule, 'backendRefs'));
  for (const backend of backends) fill(backend, { group: '', kind: 'Service', weight: 1 });
  for (const filter of [...rules, ...backends].flatMap((place) => records(place, 'filters'))) defaultFilter(filter);
}

function defaultFilter(filter: Fields): void {
  const [redirect, cors, mirror] = ['requestRedirect', 'cors', 'requestMirror'].map((name) => optional(filter, name));
  if (redirect !== undefined) fill(redirect, { statusCode: 302 });
  if (cors !== undefined) fill(cors, { maxAge: 5 });
  if (mirror === undefined) return;
  fill(record(mirror, 'backendRef'), { group: '', kind: 'Service' });
  const fraction = optional(mirror, 'fraction');
  if (fraction !== undefined) fill(fraction, { denominator: 100 });
}
