/** From a request to its handler, by path, method and the part of the object that is named. */
import { ResourceError, type PodLogs } from '@hikyaku/resources';
import type { Store } from '../store/store.ts';
import type { Exchange } from './exchange.ts';
import { deleteCollection, deleteObject } from './handlers/delete.ts';
import { discover } from './handlers/discovery.ts';
import { sendLog } from './handlers/logs.ts';
import { describeApi } from './handlers/openapi.ts';
import { getObject, listObjects } from './handlers/read.ts';
import { getScale, patchScale, replaceScale } from './handlers/scale.ts';
import { watchObjects } from './handlers/watch.ts';
import { createObject, patchObject, replaceObject } from './handlers/write.ts';
import { parseTarget, type ObjectTarget, type Target } from './target.ts';

export interface Backend {
  store: Store;
  podLogs: PodLogs;
  /** Of hikyaku, for `/version`. */
  version: string;
}

/** Answers, or throws what `status.ts` can tell the client. */
export async function route(backend: Backend, exchange: Exchange): Promise<void> {
  if (answerAboutServer(backend, exchange) || describeApi(exchange)) return;
  const target = parseTarget(exchange.path);
  if (target !== undefined) await routeTarget(backend, exchange, target);
  else if (!discover(exchange)) throw new ResourceError('NotFound', 'the server could not find the requested resource');
}

/** The Kubernetes version whose API this is; clients compare it with their own. */
const kubernetesVersion = { major: '1', minor: '33' };

function answerAboutServer({ version }: Backend, exchange: Exchange): boolean {
  if (['/healthz', '/livez', '/readyz'].includes(exchange.path)) exchange.send(200, 'ok', 'text/plain');
  else if (exchange.path === '/version') {
    const { major, minor } = kubernetesVersion;
    exchange.send(200, {
      major,
      minor,
      gitVersion: `v${major}.${minor}.0+hikyaku-${version}`,
      platform: `${process.platform}/${process.arch}`,
    });
  } else return false;
  return true;
}

async function routeTarget(backend: Backend, exchange: Exchange, target: Target): Promise<void> {
  const { store } = backend;
  if (!isObjectTarget(target)) return routeCollection(store, exchange, target);
  const { subresource } = target;
  if (subresource === 'log' && target.kind.subresources.includes('log')) return routeLog(backend, exchange, target);
  if (subresource === 'scale' && target.kind.subresources.includes('scale')) return routeScale(store, exchange, target);
  const isServed =
    subresource === undefined || target.kind.subresources.some((served) => served === subresource) || subresource === 'finalize';
  if (!isServed) throw new ResourceError('NotFound', 'the server could not find the requested resource');
  return routeObject(store, exchange, target);
}

function routeCollection(store: Store, exchange: Exchange, target: Target): Promise<void> {
  switch (exchange.method) {
    case 'GET':
      return exchange.flag('watch') ? watchObjects(store, exchange, target) : listObjects(store, exchange, target);
    case 'POST':
      return createObject(store, exchange, target);
    case 'DELETE':
      return deleteCollection(store, exchange, target);
    default:
      throw notAllowed(exchange);
  }
}

function routeObject(store: Store, exchange: Exchange, target: ObjectTarget): Promise<void> {
  switch (exchange.method) {
    case 'GET':
      return exchange.flag('watch') ? watchObjects(store, exchange, target) : getObject(store, exchange, target);
    case 'PUT':
      return replaceObject(store, exchange, target);
    case 'PATCH':
      return patchObject(store, exchange, target);
    case 'DELETE':
      if (target.subresource === undefined) return deleteObject(store, exchange, target);
      throw notAllowed(exchange);
    default:
      throw notAllowed(exchange);
  }
}

function routeScale(store: Store, exchange: Exchange, target: ObjectTarget): Promise<void> {
  switch (exchange.method) {
    case 'GET':
      return getScale(store, exchange, target);
    case 'PUT':
      return replaceScale(store, exchange, target);
    case 'PATCH':
      return patchScale(store, exchange, target);
    default:
      throw notAllowed(exchange);
  }
}

function routeLog({ store, podLogs }: Backend, exchange: Exchange, target: ObjectTarget): Promise<void> {
  if (exchange.method !== 'GET') throw notAllowed(exchange);
  return sendLog(store, podLogs, exchange, target);
}

function isObjectTarget(target: Target): target is ObjectTarget {
  return target.name !== undefined;
}

function notAllowed({ method }: Exchange): ResourceError {
  return new ResourceError('MethodNotAllowed', `the server does not allow ${method} on the requested resource`);
}
