/**
 * The gRPC side of a service, beside HTTP: its own port, the same readiness, the same traces, a log line and a duration per call.
 * @grpc/grpc-js is loaded only by services that answer gRPC.
 */
import type { Server, sendUnaryData, ServerUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { GrpcContract, GrpcHandlers } from './grpc.ts';
import type { Handler, Observe, ObserverOptions } from './observe.ts';

export interface GrpcServer {
  /** Call before `listen`. */
  add<Definition>(contract: GrpcContract<Definition>, handlers: GrpcHandlers<Definition>): void;
  /** Does nothing when nothing was added. Rejects when the port is taken. */
  listen(address: { readonly host: string; readonly port: number }): Promise<void>;
  /** The port it listens on; 0 when it does not. */
  readonly port: number;
  /** Lets the calls under way finish, for a while. */
  close(): Promise<void>;
}

type Added = { readonly contract: GrpcContract<unknown>; readonly handlers: Readonly<Record<string, Handler>> };

const drainMs = 5000;

export function createGrpcServer(options: ObserverOptions): GrpcServer {
  const added: Added[] = [];
  let server: Server | undefined;
  let port = 0;
  return {
    get port() {
      return port;
    },
    // The handlers fit the contract they came with; below, the contract's own file says what each gets.
    add: (contract, handlers) => added.push({ contract, handlers: handlers as unknown as Added['handlers'] }),
    listen: async ({ host, port: wanted }) => {
      if (added.length === 0) return;
      const { Server, ServerCredentials } = await import('@grpc/grpc-js');
      const { loadService } = await import('./load.ts');
      server = new Server();
      const { createObserver } = await import('./observe.ts');
      const observe = createObserver(options);
      for (const { contract, handlers } of added)
        server.addService(await loadService(contract.proto, contract.service), implement(contract.service, handlers, observe));
      port = await bind(server, `${host}:${wanted}`, ServerCredentials.createInsecure());
    },
    close: () => (server ? drain(server) : Promise.resolve()),
  };
}

function implement(service: string, handlers: Added['handlers'], observe: Observe): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => {
        observe(call, `${service}/${name}`, handler).then(
          ({ error, response }) => callback(error, response),
          (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
        );
      },
    ]),
  );
}

function bind(server: Server, address: string, credentials: Parameters<Server['bindAsync']>[1]): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}

function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const impatient = setTimeout(() => server.forceShutdown(), drainMs);
    server.tryShutdown(() => {
      clearTimeout(impatient);
      resolve();
    });
  });
}
