/**
 * An issuer of tokens for tests of services that demand them: publishes its keys on a loopback port and signs what it is asked to.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export type TestIssuer = {
  /** Where the keys are: for JWKS_URL. */
  readonly jwksUrl: string;
  /** A valid token of that user, for an hour. The claims are added to it. */
  tokenOf(user: string, claims?: Record<string, unknown>): Promise<string>;
  close(): void;
};

/** The defaults are those of the services' TOKEN_ISSUER and TOKEN_AUDIENCE. */
export async function startIssuer({ issuer = 'http://user-service:8080', audience = 'shop' } = {}): Promise<TestIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const keys = [{ ...(await exportJWK(publicKey)), alg: 'ES256' }];
  const server = createServer((_request, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys })),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return {
    jwksUrl: `http://127.0.0.1:${address.port}/`,
    tokenOf: (user, claims = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256' })
        .setSubject(user)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime('1 hour')
        .sign(privateKey),
    close: () => server.close(),
  };
}
