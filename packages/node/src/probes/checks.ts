/**
 * One attempt of a probe: an HTTP request, a TCP connection or a command.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { ExecResult } from '../container/exec.ts';
import type { ContainerSpec, HttpAction, Probe } from '../pod/types.ts';

export interface CheckResult {
  ok: boolean;
  /** Why not, in words for people: `HTTP 503: database: waiting for postgres:5432 (connection refused)`. */
  message: string;
}

export interface CheckTarget {
  podIp: string;
  container: ContainerSpec;
  exec: (argv: readonly string[], signal: AbortSignal) => Promise<ExecResult>;
}

const OK: CheckResult = { ok: true, message: '' };
const BODY_LIMIT = 10 * 1024;
const EXCERPT = 200;

/** Never throws; a failure that has to do with time is the caller's abort. */
export async function check(probe: Probe, target: CheckTarget, signal: AbortSignal): Promise<CheckResult> {
  try {
    if (probe.httpGet) return await checkHttp(probe.httpGet, target, signal);
    if (probe.tcpSocket)
      return await checkTcp(probe.tcpSocket.host ?? target.podIp, portOf(probe.tcpSocket.port, target.container), signal);
    if (probe.exec) return describeExec(await target.exec(probe.exec.command ?? [], signal), signal);
    return failed('gRPC probes are not supported; use httpGet, tcpSocket or exec');
  } catch (error) {
    return failed(signal.aborted ? 'timed out' : describeConnectError(error));
  }
}

export function portOf(port: string | number, container: ContainerSpec): number {
  const named = container.ports?.find(({ name }) => name === port);
  const number = named?.containerPort ?? Number(port);
  if (Number.isInteger(number)) return number;
  throw new Error(`no port of the container is named "${port}"`);
}

async function checkHttp(action: HttpAction, { podIp, container }: CheckTarget, signal: AbortSignal): Promise<CheckResult> {
  const response = await sendHttp(action, action.host ?? podIp, portOf(action.port, container), signal);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 400) {
    response.destroy();
    return OK;
  }
  const excerpt = excerptOf(await readBody(response));
  return failed(`HTTP ${status}${excerpt && `: ${excerpt}`}`);
}

/** Also how HTTP hooks are called. The response's body has to be read or destroyed. */
export function sendHttp(action: HttpAction, host: string, port: number, signal: AbortSignal): Promise<IncomingMessage> {
  const headers = Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name.toLowerCase(), value]));
  const options = {
    host,
    port,
    path: action.path ?? '/',
    headers: { 'user-agent': 'kube-probe/1.34', accept: '*/*', ...headers },
    signal,
    agent: false,
    // A probe asks whether the server answers, not who it is.
    rejectUnauthorized: false,
  } as const;
  const send = action.scheme === 'HTTPS' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    send(options, (response) => {
      // The abort of a request that is being answered surfaces on the response.
      response.on('error', () => undefined);
      resolve(response);
    })
      .once('error', reject)
      .end();
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  let body = '';
  try {
    for await (const chunk of response) {
      body += String(chunk);
      if (body.length >= BODY_LIMIT) break;
    }
  } catch {
    // Cut off in the middle: what came says enough.
  }
  return body;
}

/** A problem document's `detail` (RFC 9457), else the beginning of the text. */
function excerptOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'detail' in parsed && typeof parsed.detail === 'string')
      return parsed.detail;
  } catch {
    // No JSON.
  }
  return body.replace(/\s+/g, ' ').trim().slice(0, EXCERPT);
}

function checkTcp(host: string, port: number, signal: AbortSignal): Promise<CheckResult> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal });
    socket.once('connect', () => {
      socket.destroy();
      resolve(OK);
    });
    socket.once('error', reject);
  });
}

function describeExec({ code, output }: ExecResult, signal: AbortSignal): CheckResult {
  if (code === 0) return OK;
  if (signal.aborted) return failed('timed out');
  return failed(`exit code ${code}${output && `: ${output.replace(/\s+/g, ' ').slice(0, EXCERPT)}`}`);
}

function describeConnectError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ECONNRESET') return 'connection reset';
  return error instanceof Error ? error.message : String(error);
}

function failed(message: string): CheckResult {
  return { ok: false, message };
}
