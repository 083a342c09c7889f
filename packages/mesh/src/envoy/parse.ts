/**
 * An Envoy bootstrap file from text to data, with every mistake and everything that has no effect at its place.
 */
import { checkAgainstSchema, fieldError, parseFile } from '@hikyaku/resources';
import type { Diagnostic, FieldPath, ManifestFile } from '@hikyaku/resources';
import type { Bootstrap } from './bootstrap.ts';
import { bootstrapSchema } from './bootstrap-schema.ts';

export interface ParsedBootstrap {
  /** Absent when there is an error. */
  bootstrap?: Bootstrap;
  diagnostics: Diagnostic[];
  /** Says more of the file, found later. */
  diagnose: (severity: Diagnostic['severity'], segments: FieldPath, message: string) => Diagnostic;
}

/** Never throws, whatever the text. */
export function parseBootstrap(file: ManifestFile): ParsedBootstrap {
  const { documents, diagnostics } = parseFile(file);
  const [document] = documents;
  const place = { file: file.path, line: 1, column: 1, snippet: '', length: 1 };
  const diagnose: ParsedBootstrap['diagnose'] = (severity, segments, message) =>
    document?.diagnose(fieldError(segments, message), severity) ?? { ...place, severity, message };
  const value = document?.value;
  if (diagnostics.length > 0) return { diagnostics, diagnose };
  if (value === undefined) return { diagnostics: [diagnose('error', [], 'the file holds nothing')], diagnose };
  const findings = checkAgainstSchema(bootstrapSchema, value).map((error) =>
    error.code === 'unknown'
      ? diagnose('warning', error.segments, `has no effect here${error.suggestion === undefined ? '' : `; ${error.suggestion}`}`)
      : diagnose('error', error.segments, error.message.slice(error.path.length).trimStart()),
  );
  const isSound = findings.every(({ severity }) => severity === 'warning');
  return { ...(isSound && isBootstrap(value) && { bootstrap: value }), diagnostics: findings, diagnose };
}

function isBootstrap(value: unknown): value is Bootstrap {
  return checkAgainstSchema(bootstrapSchema, value).every(({ code }) => code === 'unknown');
}
