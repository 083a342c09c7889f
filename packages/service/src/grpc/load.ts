/** Reads `.proto` files. The same options as the generated types were made with, or the types would not be true. */
import { fileURLToPath } from 'node:url';
import { load, type AnyDefinition, type Options, type ServiceDefinition } from '@grpc/proto-loader';

const options: Options = { longs: Number, enums: String, defaults: true, oneofs: true };

/** @throws TypeError when the file describes no such service. */
export async function loadService(proto: URL, service: string): Promise<ServiceDefinition> {
  const definition = (await load(fileURLToPath(proto), options))[service];
  if (definition === undefined || !isService(definition)) throw new TypeError(`${proto.href} describes no service ${service}`);
  return definition;
}

/** proto-loader tells messages and enums by `format`; a service has none. */
const isService = (definition: AnyDefinition): definition is ServiceDefinition => !('format' in definition);
