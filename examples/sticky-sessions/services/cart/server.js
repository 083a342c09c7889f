/** Answers with the name of its Pod. */
import { createServer } from 'node:http';

const server = createServer((request, response) => response.end(process.env.HOSTNAME)).listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
