/**
 * Reads the name of the server a client asks for (SNI, RFC 6066 §3) from the first bytes of a TLS connection, without taking part in
 * it: the bytes then go to whoever speaks TLS. Everything that is no well-formed ClientHello (RFC 8446 §4.1.2) is refused.
 *
 *   records (type, version, length, fragment)  ─►  handshake (type, length)  ─►  version random session ciphers compression extensions
 */

export interface ClientHello {
  /** Lower case; absent when the client asks for none, as it does for an address. */
  serverName?: string;
}

/** The bytes are not the beginning of a TLS connection. */
export class ClientHelloError extends Error {
  override readonly name = 'ClientHelloError';
}

/** Real ones are below 2 KiB, with post-quantum key shares; a record holds at most 16 KiB. */
export const clientHelloLimitBytes = 16 * 1024;

const handshakeRecord = 22;
const clientHelloMessage = 1;
const serverNameExtension = 0;
const hostNameType = 0;
const hostName = /^[a-z0-9_](?:[a-z0-9_.-]{0,252}[a-z0-9_])?$/;

/** Undefined when more bytes are needed. Throws a ClientHelloError when no bytes that follow could make it right. */
export function readClientHello(start: Buffer): ClientHello | undefined {
  const message = handshakeMessage(start);
  if (message !== undefined) return parse(message);
  if (start.length > clientHelloLimitBytes)
    throw new ClientHelloError(`the ClientHello is longer than ${clientHelloLimitBytes} bytes`);
  return undefined;
}

/** The first handshake message, put together from the records it came in. */
function handshakeMessage(bytes: Buffer): Buffer | undefined {
  const fragments: Buffer[] = [];
  let wantedBytes = 4;
  let haveBytes = 0;
  let position = 0;
  while (haveBytes < wantedBytes) {
    const record = readRecord(bytes, position);
    if (record === undefined) return undefined;
    fragments.push(record.fragment);
    haveBytes += record.fragment.length;
    position = record.end;
    if (haveBytes < 4) continue;
    const header = Buffer.concat(fragments, Math.min(haveBytes, 4));
    if (header[0] !== clientHelloMessage) throw new ClientHelloError('the first message is no ClientHello');
    wantedBytes = 4 + header.readUIntBE(1, 3);
    if (wantedBytes > clientHelloLimitBytes) throw new ClientHelloError('the ClientHello is too long');
  }
  return Buffer.concat(fragments).subarray(4, wantedBytes);
}

/** Undefined when it has not arrived whole. */
function readRecord(bytes: Buffer, position: number): { fragment: Buffer; end: number } | undefined {
  const isWrong = (offset: number, isExpected: (byte: number) => boolean) =>
    position + offset < bytes.length && !isExpected(bytes[position + offset] ?? 0);
  if (isWrong(0, (type) => type === handshakeRecord)) throw new ClientHelloError('not a TLS handshake');
  if (isWrong(1, (major) => major === 3)) throw new ClientHelloError('not a version of TLS');
  if (bytes.length < position + 5) return undefined;
  const lengthBytes = bytes.readUInt16BE(position + 3);
  if (lengthBytes === 0 || lengthBytes > 16 * 1024) throw new ClientHelloError('a TLS record of impossible length');
  const end = position + 5 + lengthBytes;
  return bytes.length < end ? undefined : { fragment: bytes.subarray(position + 5, end), end };
}

function parse(message: Buffer): ClientHello {
  const hello = new Reader(message);
  hello.skip(2 + 32);
  hello.vector(1);
  hello.vector(2);
  hello.vector(1);
  // TLS 1.2 allows none at all.
  if (hello.isAtEnd) return {};
  const extensions = new Reader(hello.vector(2));
  hello.expectEnd();
  let serverName: string | undefined;
  while (!extensions.isAtEnd) {
    const type = extensions.number(2);
    const content = extensions.vector(2);
    if (type !== serverNameExtension) continue;
    if (serverName !== undefined) throw new ClientHelloError('two server name extensions');
    serverName = readServerName(content);
  }
  return serverName === undefined ? {} : { serverName };
}

function readServerName(content: Buffer): string {
  const extension = new Reader(content);
  const list = new Reader(extension.vector(2));
  extension.expectEnd();
  const type = list.number(1);
  const name = list.vector(2).toString('latin1').toLowerCase();
  // The RFC leaves room for names of other types, which nobody has ever defined.
  list.expectEnd();
  if (type !== hostNameType || !hostName.test(name)) throw new ClientHelloError('the server name is no host name');
  return name;
}

/** Reads from the front; whatever does not fit is a ClientHelloError. */
class Reader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#position === this.#bytes.length;
  }

  skip(lengthBytes: number): number {
    const position = this.#position;
    if (position + lengthBytes > this.#bytes.length) throw new ClientHelloError('the ClientHello ends too early');
    this.#position += lengthBytes;
    return position;
  }

  number(sizeBytes: 1 | 2): number {
    return this.#bytes.readUIntBE(this.skip(sizeBytes), sizeBytes);
  }

  /** Content behind a length of that many bytes. */
  vector(sizeBytes: 1 | 2): Buffer {
    const lengthBytes = this.number(sizeBytes);
    const position = this.skip(lengthBytes);
    return this.#bytes.subarray(position, position + lengthBytes);
  }

  expectEnd(): void {
    if (!this.isAtEnd) throw new ClientHelloError('bytes behind the end of a part');
  }
}
