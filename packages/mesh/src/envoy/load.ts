/**
 * An Envoy bootstrap from its text to what can be served.
 */
import { readFileSync } from 'node:fs';
import type { Diagnostic, ManifestFile } from '@hikyaku/resources';
import { compileBootstrap } from './compile.ts';
import type { EnvoyServing } from './compile.ts';
import { parseBootstrap } from './parse.ts';

export interface LoadedBootstrap {
  /** Absent when there is an error. */
  serving?: EnvoyServing;
  /** In the order of the lines. */
  diagnostics: Diagnostic[];
}

export function loadBootstrap(file: ManifestFile): LoadedBootstrap {
  const { bootstrap, diagnostics, diagnose } = parseBootstrap(file);
  if (bootstrap === undefined) return { diagnostics };
  const compiled = compileBootstrap(bootstrap, diagnose, (path) => readFileSync(path, 'utf8'));
  const all = [...diagnostics, ...compiled.diagnostics].sort((a, b) => a.line - b.line || a.column - b.column);
  return all.some(({ severity }) => severity === 'error')
    ? { diagnostics: all }
    : { serving: compiled.serving, diagnostics: all };
}
