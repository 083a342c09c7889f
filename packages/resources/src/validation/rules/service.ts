/** Services: their ports. */
import { show } from '../against-schema.ts';
import type { Cursor } from '../cursor.ts';
import type { FieldError } from '../field-error.ts';
import { dnsLabelErrors, duplicateErrors, labelErrors } from './names.ts';
import { portErrors } from './ports.ts';

export function serviceErrors(resource: Cursor): FieldError[] {
  const spec = resource.at('spec');
  const ports = spec.at('ports').items();
  const isHeadless = spec.at('clusterIP').value === 'None';
  const needsPorts = !isHeadless && spec.at('type').value !== 'ExternalName';
  return [
    ...(needsPorts && ports.length === 0 ? [spec.at('ports').required()] : []),
    ...ports.flatMap((port) => [
      ...portErrors(port.at('port')),
      ...portErrors(port.at('targetPort')),
      ...dnsLabelErrors(port.at('name')),
    ]),
    ...(ports.length > 1 ? ports.filter((port) => !port.at('name').exists).map((port) => port.at('name').required()) : []),
    ...duplicateErrors(ports.map((port) => port.at('name'))),
    ...duplicatePortErrors(ports),
    ...labelErrors(spec.at('selector')),
  ];
}

function duplicatePortErrors(ports: Cursor[]): FieldError[] {
  const key = (port: Cursor): string => `${show(port.at('port').value)}/${port.at('protocol').text ?? 'TCP'}`;
  return ports
    .filter((port, index) => ports.findIndex((other) => key(other) === key(port)) < index)
    .map((port) => port.at('port').invalid(`is there twice: ${show(port.at('port').value)}`));
}
