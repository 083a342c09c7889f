/** What the schema cannot say about Pods and Pod templates: names within one Pod that must differ, or must exist. */
import { show } from '../against-schema.ts';
import type { Cursor } from '../cursor.ts';
import type { FieldError } from '../field-error.ts';
import { didYouMean } from '../near-match.ts';
import { dnsLabelErrors, duplicateErrors, portNameErrors } from './names.ts';
import { portErrors } from './ports.ts';

/** `spec` of a Pod or of a Pod template. `claims` are the volumes it gets from outside: the volumeClaimTemplates of a StatefulSet. */
export function podSpecErrors(spec: Cursor, claims: readonly string[] = []): FieldError[] {
  const containers = [...spec.at('initContainers').items(), ...spec.at('containers').items()];
  const volumes = spec.at('volumes').items();
  const volumeNames = [...claims, ...volumes.flatMap((volume) => volume.at('name').text ?? [])];
  return [
    ...(Array.isArray(spec.at('containers').value) && spec.at('containers').items().length === 0
      ? [spec.at('containers').invalid('must have at least one container')]
      : []),
    ...duplicateErrors(containers.map((container) => container.at('name'))),
    ...duplicateErrors(volumes.map((volume) => volume.at('name'))),
    ...volumes.flatMap(volumeErrors),
    ...containers.flatMap((container) => containerErrors(container, volumeNames)),
  ];
}

function volumeErrors(volume: Cursor): FieldError[] {
  const sources = volume.members().filter(([name, source]) => name !== 'name' && source.exists);
  return [
    ...dnsLabelErrors(volume.at('name')),
    ...(sources.length === 1
      ? []
      : [
          volume.invalid(
            sources.length === 0
              ? 'names no source, e.g. emptyDir: {}'
              : `can have only one of ${sources.map(([name]) => name).join(' and ')}`,
          ),
        ]),
  ];
}

function containerErrors(container: Cursor, volumeNames: string[]): FieldError[] {
  const ports = container.at('ports').items();
  return [
    ...dnsLabelErrors(container.at('name')),
    ...(container.at('image').exists ? [] : [container.at('image').required()]),
    ...ports.flatMap((port) => [...portErrors(port.at('containerPort')), ...portNameErrors(port.at('name'))]),
    ...duplicateErrors(ports.map((port) => port.at('name'))),
    ...container.at('env').items().flatMap(envErrors),
    ...container
      .at('envFrom')
      .items()
      .flatMap((source) => exactlyOne(source, ['configMapRef', 'secretRef'])),
    ...mountErrors(container.at('volumeMounts').items(), volumeNames),
    ...['startupProbe', 'readinessProbe', 'livenessProbe'].flatMap((name) => probeErrors(container.at(name), ports)),
    ...['preStop', 'postStart'].flatMap((name) =>
      handlerErrors(container.at('lifecycle', name), ports, ['exec', 'httpGet', 'sleep', 'tcpSocket']),
    ),
  ];
}

function envErrors(variable: Cursor): FieldError[] {
  const name = variable.at('name');
  const source = variable.at('valueFrom');
  return [
    ...(name.text !== undefined && !/^[ -<>-~]+$/.test(name.text)
      ? [name.invalid(`must be printable ASCII without =, got ${show(name.text)}`)]
      : []),
    ...(source.exists && (variable.at('value').text ?? '') !== ''
      ? [variable.invalid('can have only one of value and valueFrom')]
      : []),
    ...exactlyOne(source, ['configMapKeyRef', 'secretKeyRef', 'fieldRef', 'resourceFieldRef', 'fileKeyRef']),
  ];
}

function mountErrors(mounts: Cursor[], volumeNames: string[]): FieldError[] {
  const dangling = mounts
    .map((mount) => mount.at('name'))
    .filter(({ text }) => text !== undefined && !volumeNames.includes(text));
  return [
    ...dangling.map((name) =>
      name.invalid(`names the volume ${show(name.text)}, which this Pod does not have`, didYouMean(name.text ?? '', volumeNames)),
    ),
    ...duplicateErrors(mounts.map((mount) => mount.at('mountPath'))),
  ];
}

function probeErrors(probe: Cursor, ports: Cursor[]): FieldError[] {
  const timings = ['periodSeconds', 'timeoutSeconds', 'successThreshold', 'failureThreshold'].map((name) => probe.at(name));
  const tooSmall = timings.filter(({ number }) => number !== undefined && number < 1);
  const success = probe.at('successThreshold');
  const needsOne = probe.path.at(-1) !== 'readinessProbe' && (success.number ?? 1) > 1;
  return [
    ...tooSmall.map((timing) => timing.invalid(`must be 1 or more, got ${show(timing.value)}`)),
    ...(needsOne ? [success.invalid(`must be 1 here, got ${show(success.value)}`)] : []),
    ...handlerErrors(probe, ports, ['httpGet', 'tcpSocket', 'exec', 'grpc']),
  ];
}

/** A probe or lifecycle hook: one handler, and a named port must be one of the container's. */
function handlerErrors(handler: Cursor, ports: Cursor[], kinds: string[]): FieldError[] {
  const names = ports.flatMap((port) => port.at('name').text ?? []);
  const places = [handler.at('httpGet', 'port'), handler.at('tcpSocket', 'port')];
  const dangling = places.filter(({ text }) => text !== undefined && !/^\d+$/.test(text) && !names.includes(text));
  return [
    ...exactlyOne(handler, kinds),
    ...places.flatMap(portErrors),
    ...dangling.map((port) =>
      port.invalid(`names the port ${show(port.text)}, which this container does not have`, didYouMean(port.text ?? '', names)),
    ),
  ];
}

function exactlyOne(place: Cursor, names: string[]): FieldError[] {
  if (!place.exists) return [];
  const present = names.filter((name) => place.at(name).exists);
  if (present.length === 1) return [];
  return [
    place.invalid(present.length === 0 ? `needs one of ${names.join(', ')}` : `can have only one of ${present.join(' and ')}`),
  ];
}
