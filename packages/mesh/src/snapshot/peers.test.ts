import type { Pod } from '@hikyaku/resources';
import { expect, test } from 'vitest';
import { compilePeers } from './peers.ts';

function pod(metadata: Partial<Pod['metadata']>, status: Pod['status'] = { podIP: '127.16.0.1' }): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'order-7d9f-x1', namespace: 'shop', ...metadata }, status };
}

const ownedBy = (kind: string, name: string) => [{ apiVersion: 'apps/v1', kind, name, uid: '1', controller: true }];

test.each([
  ['the Deployment of its ReplicaSet', ownedBy('ReplicaSet', 'order-7d9f'), 'order'],
  ['its StatefulSet', ownedBy('StatefulSet', 'postgres'), 'postgres'],
  ['a ReplicaSet without a Deployment', ownedBy('ReplicaSet', 'order-other'), 'order-other'],
  ['itself', undefined, 'order-7d9f-x1'],
])('a Pod belongs to the workload of %s', (_, ownerReferences, workload) => {
  const owned = pod({ labels: { 'pod-template-hash': '7d9f' }, ...(ownerReferences && { ownerReferences }) });
  expect(compilePeers([owned])['127.16.0.1']?.workload).toBe(workload);
});

test('app and version come from labels, and say so when there are none', () => {
  expect(compilePeers([pod({ labels: { app: 'order', version: 'v2' } })])['127.16.0.1']).toMatchObject({
    namespace: 'shop',
    app: 'order',
    version: 'v2',
    canonicalService: 'order',
    canonicalRevision: 'v2',
  });
  expect(compilePeers([pod({})])['127.16.0.1']).toMatchObject({
    app: 'unknown',
    version: 'unknown',
    canonicalRevision: 'latest',
  });
});

test('a Pod that has no address, or has ended and given it back, stands behind none', () => {
  expect(compilePeers([pod({}, {}), pod({}, { podIP: '127.16.0.2', phase: 'Succeeded' })])).toEqual({});
});
