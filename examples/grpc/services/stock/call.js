/** Calls the service and prints what it answers: node call.js ADDRESS METHOD [header=value …] */
import { credentials, loadPackageDefinition, Metadata, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const [address, method, ...headers] = process.argv.slice(2);
const { shop } = loadPackageDefinition(loadSync(new URL('stock.proto', import.meta.url).pathname));
const metadata = new Metadata();
for (const header of headers) metadata.set(...header.split('='));

const client = new shop.Stock(address, credentials.createInsecure());
const print = ({ count, version }) => console.log(count, version);
const fail = ({ code, details }) => {
  console.log(status[code], details);
  process.exitCode = 1;
};

if (method === 'Watch')
  client
    .Watch({ name: 'tea bowl' }, metadata)
    .on('data', print)
    .on('error', fail)
    .on('end', () => client.close());
else
  client[method]({ name: 'tea bowl' }, metadata, (error, pieces) => {
    if (error) fail(error);
    else print(pieces);
    client.close();
  });
