/** The kubeconfig file: how kubectl and every other client find the API, trust it and are let in. */
import { parse, stringify } from 'yaml';

export interface Connection {
  /** `https://127.0.0.1:6443` */
  server: string;
  /** PEM; the only authority to trust. */
  authority: string;
  token: string;
}

/** With one cluster, user and context, all called `hikyaku`. */
export function formatKubeconfig({ server, authority, token }: Connection): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'hikyaku', cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } }],
    users: [{ name: 'hikyaku', user: { token } }],
    contexts: [{ name: 'hikyaku', context: { cluster: 'hikyaku', user: 'hikyaku' } }],
    'current-context': 'hikyaku',
  });
}

/** The connection that the current context names. Throws an Error that says what is missing. */
export function parseKubeconfig(text: string): Connection {
  const config: unknown = parse(text);
  const context = entry(config, 'contexts', member(config, 'current-context'), 'context');
  const cluster = entry(config, 'clusters', member(context, 'cluster'), 'cluster');
  const user = entry(config, 'users', member(context, 'user'), 'user');
  return {
    server: textOf(cluster, 'server'),
    authority: Buffer.from(textOf(cluster, 'certificate-authority-data'), 'base64').toString(),
    token: textOf(user, 'token'),
  };
}

function entry(config: unknown, list: string, name: unknown, field: string): unknown {
  const entries = member(config, list);
  const found: unknown = Array.isArray(entries)
    ? entries.find((candidate: unknown) => member(candidate, 'name') === name)
    : undefined;
  if (found === undefined) throw new Error(`the kubeconfig has no ${field} called ${JSON.stringify(name)}`);
  return member(found, field);
}

function textOf(value: unknown, name: string): string {
  const found = member(value, name);
  if (typeof found !== 'string') throw new Error(`the kubeconfig has no ${name}`);
  return found;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
