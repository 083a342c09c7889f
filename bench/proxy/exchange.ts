/**
 * The client's side of one keep-alive connection, as little as a load generator needs: one GET at a time, answers with Content-Length.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface Answer {
  status: number;
  /** From writing the request to the last byte of the answer. */
  elapsedMs: number;
}

const emptyLine = '\r\n\r\n';

export class Connection {
  readonly #socket: Socket;
  #received = '';
  #sentAt = 0;
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  readonly #fields: string;

  /** `fields` are more header lines, each with its line end. */
  constructor(port: number, fields = '') {
    this.#fields = fields;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#take(text));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  /** Rejects when the connection breaks, and on every call after that. */
  get(path: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#received = '';
      this.#sentAt = performance.now();
      if (this.#socket.destroyed) this.#fail(new Error('the connection was closed'));
      else this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${this.#fields}\r\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf(emptyLine);
    if (headEnd === -1) return;
    const head = this.#received.slice(0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) this.#fail(new Error('an answer without Content-Length'));
    else if (this.#received.length >= headEnd + emptyLine.length + Number(length)) {
      this.#waiting?.resolve({ status: Number(head.slice(9, 12)), elapsedMs: performance.now() - this.#sentAt });
      this.#waiting = undefined;
    }
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    this.#socket.destroy();
  }
}
