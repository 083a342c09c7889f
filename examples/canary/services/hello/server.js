/** Answers with the version its Deployment gives it. */
import { createServer } from 'node:http';

const server = createServer((request, response) => response.end(process.env.VERSION)).listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
