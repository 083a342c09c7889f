// The gateway that teams write today: Express, a rate limit, one proxying middleware per service. Arguments: own port, backend's port, services.
import http from 'node:http';
import process from 'node:process';
import express from 'express';
import rateLimit from 'express-rate-limit';
import { createProxyMiddleware } from 'http-proxy-middleware';

const [port, backendPort, services] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 128 });
const app = express();
app.use(rateLimit({ windowMs: 15 * 60_000, limit: 1e9 }));
for (const service of services.split(',')) {
  app.use(
    `/api/${service}`,
    createProxyMiddleware({ target: `http://127.0.0.1:${backendPort}/api/${service}`, changeOrigin: true, agent }),
  );
}
app.listen(Number(port), '127.0.0.1');
