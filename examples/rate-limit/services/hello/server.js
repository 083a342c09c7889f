/** Greets whoever the gateway says it is. */
import { createServer } from 'node:http';

const server = createServer((request, response) => response.end(`hello ${request.headers['x-user'] ?? 'stranger'}`)).listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
