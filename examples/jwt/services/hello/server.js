/** Greets whom the gateway says is there, in the words of its version. */
import { createServer } from 'node:http';

const { GREETING = 'hello' } = process.env;
const server = createServer((request, response) => response.end(`${GREETING} ${request.headers['x-user'] ?? 'stranger'}`)).listen(
  8080,
);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
