// The gateway that teams write today: Express, a rate limit, one proxying middleware per service. Arguments: own port, backend's port, services, and the public key that tokens
// are verified with, if they are to be.
import http from 'node:http';
import process from 'node:process';
import express from 'express';
import rateLimit from 'express-rate-limit';
import jwt from 'jsonwebtoken';
import { createProxyMiddleware } from 'http-proxy-middleware';

const [port, backendPort, services, publicKey] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 128 });
const app = express();
app.use(rateLimit({ windowMs: 15 * 60_000, limit: 1e9 }));
if (publicKey !== undefined) app.use(requireToken);
for (const service of services.split(',')) {
  app.use(
    `/api/${service}`,
    createProxyMiddleware({ target: `http://127.0.0.1:${backendPort}/api/${service}`, changeOrigin: true, agent }),
  );
}
app.listen(Number(port), '127.0.0.1');

function requireToken(request, response, next) {
  try {
    jwt.verify((request.headers.authorization ?? '').slice('Bearer '.length), publicKey, { algorithms: ['RS256'] });
  } catch {
    response.status(401).end();
    return;
  }
  next();
}
