/**
 * Everything that can be said about one resource by looking at nothing else. What needs the rest of the set (does that ConfigMap exist?)
 * is in `references.ts`; where in a file the mistake stands is the manifest reader's business.
 */
import type { Resource } from '../model.ts';
import { kindKeyOf } from '../registry.ts';
import { schemaOf } from '../schema/schema.ts';
import { checkAgainstSchema, isMapping } from './against-schema.ts';
import { Cursor } from './cursor.ts';
import { fieldError, formatPath, required, type FieldError } from './field-error.ts';
import { configMapErrors, secretErrors } from './rules/config.ts';
import { grpcRouteErrors, httpRouteErrors, kubernetesGatewayErrors } from './rules/gateway-api.ts';
import { metadataErrors } from './rules/metadata.ts';
import { podSpecErrors } from './rules/pod.ts';
import { destinationRuleErrors, gatewayErrors, serviceEntryErrors, virtualServiceErrors } from './rules/routing.ts';
import { serviceErrors } from './rules/service.ts';
import { workloadErrors } from './rules/workload.ts';
import { unknownKind } from './unknown-kind.ts';

/** By `kindKey`. */
const rules: Record<string, (resource: Cursor) => FieldError[]> = {
  ConfigMap: configMapErrors,
  Secret: secretErrors,
  Service: serviceErrors,
  Pod: (resource) => (resource.at('spec').exists ? podSpecErrors(resource.at('spec')) : [resource.at('spec').required()]),
  ReplicaSet: workloadErrors,
  StatefulSet: workloadErrors,
  Deployment: workloadErrors,
  Gateway: gatewayErrors,
  VirtualService: virtualServiceErrors,
  ServiceEntry: serviceEntryErrors,
  DestinationRule: destinationRuleErrors,
  'Gateway.gateway.networking.k8s.io': kubernetesGatewayErrors,
  HTTPRoute: httpRouteErrors,
  GRPCRoute: grpcRouteErrors,
};

/** True of anything with apiVersion, kind and metadata.name or generateName: what the rest of the checks stand on. */
export function isResource(value: unknown): value is Resource {
  return shapeErrors(value).length === 0;
}

/** All mistakes of one resource at once; empty when it may be stored. A kind hikyaku does not have is one mistake. */
export function validate(value: unknown): FieldError[] {
  const malformed = shapeErrors(value);
  if (!isMapping(value) || typeof value.apiVersion !== 'string' || typeof value.kind !== 'string') return malformed;
  const { apiVersion, kind } = value;
  const schema = schemaOf(apiVersion, kind);
  if (schema === undefined) return [unknownKind(apiVersion, kind).error];
  const resource = new Cursor(value);
  return [
    ...malformed,
    ...withoutRepeats([
      ...checkAgainstSchema(schema, value),
      ...metadataErrors(resource, kind),
      ...(rules[kindKeyOf({ apiVersion, kind })]?.(resource) ?? []),
    ]),
  ];
}

function shapeErrors(value: unknown): FieldError[] {
  if (!isMapping(value)) return [fieldError([], 'a resource must be a mapping with apiVersion, kind and metadata')];
  const root = new Cursor(value);
  const named = root.at('metadata', 'name').text ?? root.at('metadata', 'generateName').text ?? '';
  return [
    ...['apiVersion', 'kind'].filter((name) => (root.at(name).text ?? '') === '').map((name) => required([name])),
    ...(named === '' ? [required(['metadata', 'name'])] : []),
  ];
}

/** Schema and rules may both miss the same field, and a misspelt one is missing under its right name: one mistake, said once. */
function withoutRepeats(errors: FieldError[]): FieldError[] {
  const misspelt = errors
    .filter(({ code }) => code === 'unknown')
    .map(({ segments, suggestion = '' }) => `${formatPath(segments.slice(0, -1))} ${suggestion}`);
  const isMisspelt = ({ code, segments }: FieldError): boolean =>
    code === 'required' && misspelt.includes(`${formatPath(segments.slice(0, -1))} did you mean ${String(segments.at(-1))}?`);
  return errors.filter(
    (error, index) => errors.findIndex(({ message }) => message === error.message) === index && !isMisspelt(error),
  );
}
