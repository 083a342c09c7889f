/**
 * Ends TLS for one server of a Gateway: encrypted connections in, plain ones out, with the version of HTTP that was agreed on (ALPN).
 */
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import type { TlsSettings } from '../snapshot/snapshot.ts';

export interface TerminationOptions {
  settings: TlsSettings;
  /** From the first byte to the end of the handshake. */
  handshakeMs: number;
  onConnection: (socket: TLSSocket, protocol: 'http1' | 'http2') => void;
}

/** Needs no closing: it listens nowhere, and holds nothing but what it was given. */
export class Termination {
  readonly #server: Server;

  constructor({ settings, handshakeMs, onConnection }: TerminationOptions) {
    const { certificate, key, clients, minVersion, maxVersion, cipherSuites } = settings;
    this.#server = createServer({
      cert: certificate,
      key,
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: handshakeMs,
      allowHalfOpen: true,
      ...(clients !== undefined && { requestCert: true, rejectUnauthorized: clients.isRequired, ca: clients.ca }),
      ...(minVersion !== undefined && { minVersion }),
      ...(maxVersion !== undefined && { maxVersion }),
      ...(cipherSuites !== undefined && { ciphers: cipherSuites.join(':') }),
    });
    this.#server.on('secureConnection', (socket) => {
      if (isImpostor(socket, clients)) socket.destroy();
      else onConnection(socket, socket.alpnProtocol === 'h2' ? 'http2' : 'http1');
    });
    // A handshake that fails concerns nobody but the client, whose connection it ends.
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  /** The socket may hold bytes that have been read and put back. */
  accept(socket: Socket): void {
    this.#server.emit('connection', socket);
  }
}

/** Where a certificate is optional, one that nobody vouches for is still worse than none. */
function isImpostor(socket: TLSSocket, clients: TlsSettings['clients']): boolean {
  if (clients === undefined || socket.authorized) return false;
  return Object.keys(socket.getPeerCertificate()).length > 0;
}
