/**
 * Gives tokens to whoever asks, which no issuer should: `GET /token?sub=hanako&group=staff`. Its key is made when it starts and is nowhere else;
 * `/jwks` has the public half of it. A real system has an OpenID Connect provider here.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keyId = 'of-this-start';
const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'ES256', use: 'sig' }] });

/** RFC 7519, good for an hour. */
function token(claims) {
  const encoded = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const expires = Math.floor(Date.now() / 1000) + 3600;
  const signed = `${encoded({ alg: 'ES256', kid: keyId })}.${encoded({ iss: 'https://issuer.example', exp: expires, ...claims })}`;
  return `${signed}.${sign('sha256', signed, { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://issuer');
  if (pathname === '/jwks') response.setHeader('content-type', 'application/json').end(jwks);
  else if (pathname === '/token') response.end(token(Object.fromEntries(searchParams)));
  else response.writeHead(pathname === '/' ? 200 : 404).end();
}).listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
