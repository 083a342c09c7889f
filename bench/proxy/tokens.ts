/**
 * A token verified and a request counted on every request, against what teams write today: Express with jsonwebtoken and
 * express-rate-limit. The same RS256 token comes again and again, as a client's does; ours verifies its signature once, theirs each time.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { EnvoyFilters, RequestAuthentications } from '@hikyaku/resources';
import type { Kind, Resource } from '@hikyaku/resources';
import { bucket, envoyFilter, localRateLimitPatch, requestAuthentication } from '../../packages/mesh/src/testing/policies.ts';
import { saturate } from './load.ts';
import { startMeshProxy } from './mesh.ts';
import { startBackend, startExpressWithTokens } from './peers.ts';
import { interleave } from './rounds.ts';
import type { Extent } from './side-by-side.ts';
import { milliseconds, rate, ratio } from './table.ts';
import type { Table } from './table.ts';

const issuer = 'https://id.bench.test';
const keyId = 'bench';

export async function withTokens({ rounds, seconds }: Extent): Promise<Table> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const token = tokenOf(privateKey);
  await using backend = await startBackend();
  await using mesh = await startMeshProxy(backend.port, undefined, policies(publicKey));
  await using express = await startExpressWithTokens(backend.port, publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const contenders = [
    { name: 'hikyaku', port: mesh.port, pid: mesh.pid },
    { name: 'Express', port: express.port, pid: express.pid },
  ];
  for (const { port } of contenders) await saturate(port, 1, token);
  const results = await interleave(contenders, rounds, ({ port }) => saturate(port, seconds, token));
  const theirs = results.find(({ name }) => name === 'Express');
  const rows = results.map((result) => [
    result.name,
    rate(result.requestsPerSecond),
    milliseconds(result.p50Ms),
    milliseconds(result.p99Ms),
    ratio(result.requestsPerSecond, theirs?.requestsPerSecond),
    rate(result.requestsPerProcessorSecond),
    ratio(result.requestsPerProcessorSecond, theirs?.requestsPerProcessorSecond),
    String(result.failures),
  ]);
  const columns = [
    'with a token and a rate limit',
    'rate',
    'p50',
    'p99',
    'to Express',
    'per processor second',
    'to Express',
    'failures',
  ];
  return { title: 'JWT verification (RS256) and a rate limit on every request', columns, rows };
}

/** The limit is as far away as Express's: counted, never reached. */
function policies(publicKey: KeyObject): [Kind, Resource][] {
  const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'RS256' }] });
  const limit = localRateLimitPatch({ token_bucket: bucket(1e9) });
  return [
    [RequestAuthentications, requestAuthentication({ issuer, jwks, forwardOriginalToken: true })],
    [EnvoyFilters, envoyFilter('bench', [limit])],
  ];
}

function tokenOf(privateKey: KeyObject): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: issuer, sub: 'u1', aud: 'shop', exp: Math.floor(Date.now() / 1000) + 86_400, scope: 'read write' };
  const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: keyId })}.${part(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}
