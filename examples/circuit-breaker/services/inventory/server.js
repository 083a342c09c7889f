/** Answers with its name; fails at everything but its health check when FAULTY is set. `/slow` takes half a second. */
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

const server = createServer(async (request, response) => {
  if (request.url === '/slow') await wait(500);
  const isBroken = process.env.FAULTY === 'true' && request.url !== '/healthz';
  response.writeHead(isBroken ? 500 : 200).end(process.env.HOSTNAME);
}).listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
