/** Answers with its version, the host and the path it was asked for. */
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  response.end(`${process.env.VERSION} ${request.headers.host} ${request.url}`);
}).listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
