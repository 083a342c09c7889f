/**
 * The environment variables a Pod's manifest gives a container, by the rules of Kubernetes: Services of the namespace first, then `envFrom`,
 * then `env`, the later one winning; `$(NAME)` refers to what was defined before.
 */
import { availableParallelism, totalmem } from 'node:os';
import type { Pod, Service } from '@hikyaku/resources';
import { readField, readResourceField, WaitingError, type Configuration, type ConfigurationKind } from '../pod/configuration.ts';
import type { ContainerSpec, EnvFromSource, EnvVar } from '../pod/types.ts';

export interface EnvSources {
  pod: Pod;
  podIp: string;
  configuration: Configuration;
  /** The Services of the Pod's namespace. */
  services: readonly Service[];
}

/** Throws a WaitingError when a ConfigMap, a Secret or a key that is not optional is missing. */
export function buildEnv(container: ContainerSpec, sources: EnvSources): Record<string, string> {
  const env: Record<string, string> = sources.pod.spec?.enableServiceLinks === false ? {} : serviceEnv(sources.services);
  for (const source of container.envFrom ?? []) Object.assign(env, envFrom(source, sources.configuration));
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, container, sources);
    if (value !== undefined) env[variable.name] = variable.valueFrom ? value : expand(value, env);
  }
  return env;
}

/** Replaces `$(NAME)`; an unknown name stays as written, and `$$` is a dollar sign that begins nothing. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (match, name: string | undefined) =>
    name === undefined ? '$' : (env[name] ?? match),
  );
}

/** `{NAME}_SERVICE_HOST`, `{NAME}_SERVICE_PORT` and the docker-link variables of every Service that has an address. */
export function serviceEnv(services: readonly Service[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { metadata, spec } of services) {
    const address = spec?.clusterIP;
    const ports = spec?.ports ?? [];
    const [first] = ports;
    if (!address || address === 'None' || !first) continue;
    const prefix = envName(metadata.name);
    env[`${prefix}_SERVICE_HOST`] = address;
    env[`${prefix}_SERVICE_PORT`] = String(first.port);
    env[`${prefix}_PORT`] = `${(first.protocol ?? 'TCP').toLowerCase()}://${address}:${first.port}`;
    for (const { name, port, protocol = 'TCP' } of ports) {
      const link = `${prefix}_PORT_${port}_${protocol}`;
      if (name) env[`${prefix}_SERVICE_PORT_${envName(name)}`] = String(port);
      Object.assign(env, {
        [link]: `${protocol.toLowerCase()}://${address}:${port}`,
        [`${link}_PROTO`]: protocol.toLowerCase(),
        [`${link}_PORT`]: String(port),
        [`${link}_ADDR`]: address,
      });
    }
  }
  return env;
}

function envName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

function envFrom({ prefix = '', configMapRef, secretRef }: EnvFromSource, configuration: Configuration): Record<string, string> {
  const kind: ConfigurationKind = secretRef ? 'secret' : 'configmap';
  const reference = secretRef ?? configMapRef;
  if (!reference?.name) return {};
  const data = configuration.read(kind, reference.name);
  if (!data && !reference.optional) throw missing(kind, reference.name);
  return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [prefix + key, value.toString('utf8')]));
}

function valueOf(
  { name, value = '', valueFrom }: EnvVar,
  container: ContainerSpec,
  { pod, podIp, configuration }: EnvSources,
): string | undefined {
  if (!valueFrom) return value;
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom;
  if (fieldRef) return readField(pod, podIp, fieldRef.fieldPath);
  if (resourceFieldRef) {
    const machine = { cpu: availableParallelism(), memory: totalmem() };
    return readResourceField(container, resourceFieldRef.resource, resourceFieldRef.divisor, machine);
  }
  const kind: ConfigurationKind = secretKeyRef ? 'secret' : 'configmap';
  const reference = secretKeyRef ?? configMapKeyRef;
  if (!reference?.name) throw new WaitingError('CreateContainerConfigError', `env ${name}: valueFrom names no source`);
  const data = configuration.read(kind, reference.name);
  if (data && Object.hasOwn(data, reference.key)) return data[reference.key]?.toString('utf8');
  if (reference.optional) return undefined;
  throw data
    ? new WaitingError(
        'CreateContainerConfigError',
        `env ${name}: couldn't find key ${reference.key} in ${kind} "${reference.name}"`,
      )
    : missing(kind, reference.name);
}

export function missing(kind: ConfigurationKind, name: string): WaitingError {
  return new WaitingError('CreateContainerConfigError', `${kind} "${name}" not found`);
}
