// The backend where nginx is not installed: the small document on every path, 1 GiB of zeros on /big. Arguments: port, the document.
import http from 'node:http';
import process from 'node:process';
import { Readable } from 'node:stream';

const [port, body] = process.argv.slice(2);
const piece = Buffer.alloc(64 * 1024);
const pieces = (1024 * 1024 * 1024) / piece.length;
const server = http.createServer((request, response) => {
  if (request.url === '/big') {
    response.setHeader('Content-Length', pieces * piece.length);
    Readable.from(repeat(piece, pieces)).pipe(response);
    return;
  }
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
});
server.listen(Number(port), '127.0.0.1');

function* repeat(value, times) {
  for (let count = 0; count < times; count += 1) yield value;
}
