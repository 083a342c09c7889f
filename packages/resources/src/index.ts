/**
 * What can be written, and how the rest of the system speaks of it.
 *
 *   manifests from disk      manifests/
 *   the object model         model.ts
 *   the kinds, typed         kinds.ts, gateway-api.ts, destination-rule.ts
 *   kinds by name            registry.ts
 *   what each kind may hold  schema/
 *   mistakes in a resource   validation/
 *   what hikyaku does of it  honoured/
 *   Kubernetes' defaulting   defaults/
 *   reading and writing      client.ts
 *   a local copy, kept new   informer.ts
 *   label selectors          labels.ts
 *   amounts and durations    quantities.ts
 *   status conditions        conditions.ts
 *   events for people        events.ts
 *   waiting for an end       signals.ts
 *   logs of Pods             pods.ts
 */
export * from './client.ts';
export * from './conditions.ts';
export { withDefaults } from './defaults/with-defaults.ts';
export * from './events.ts';
export type * from './destination-rule.ts';
export type * from './gateway-api.ts';
export * from './informer.ts';
export { notHonoured } from './honoured/not-honoured.ts';
export * from './kinds.ts';
export * from './labels.ts';
export { formatDiagnostics, type Diagnostic, type FormatOptions, type Place } from './manifests/diagnostic.ts';
export { parseFile, type ManifestFile } from './manifests/document.ts';
export { loadManifests } from './manifests/load.ts';
export { parseManifests, type Manifests, type SetCheck, type SourcedResource } from './manifests/parse.ts';
export * from './model.ts';
export * from './pods.ts';
export * from './quantities.ts';
export * from './registry.ts';
export type { Schema } from './schema/schema.ts';
export * from './signals.ts';
export { fieldError, type FieldError, type FieldErrorCode, type FieldPath } from './validation/field-error.ts';
export { checkAgainstSchema } from './validation/against-schema.ts';
export type { SetFinding, SetMember } from './validation/references.ts';
export { isResource, validate } from './validation/validate.ts';
export * from './service-entry.ts';
export * from './virtual-service.ts';
