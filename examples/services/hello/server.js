/** Answers with the version its Deployment gives it; with FAIL_EVERY=2 every second answer is a 503. */
import { createServer } from 'node:http';

const failEvery = Number(process.env.FAIL_EVERY ?? Infinity);
let answers = 0;

const server = createServer((request, response) => {
  answers++;
  response.statusCode = answers % failEvery === 0 ? 503 : 200;
  response.end(process.env.VERSION);
}).listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
