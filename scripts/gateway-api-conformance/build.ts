/**
 * Builds the conformance suite and the server it runs as backends, with Go, from their modules. The server is the suite's own; it listens on all
 * addresses, which two Pods on one machine cannot, so it is built to listen on the address of its Pod.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Built {
  suite: string;
  backend: string;
}

/** Into the folder, which keeps nothing else. Throws when Go is missing or something cannot be built. */
export function build(folder: string): Built {
  cpSync(join(import.meta.dirname, 'suite'), folder, { recursive: true });
  go(folder, 'mod', 'tidy');
  const module = go(folder, 'list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/gateway-api/conformance').trim();
  copyBackend(join(module, 'echo-basic'), join(folder, 'backend'));
  const built = { suite: join(folder, 'suite.test'), backend: join(folder, 'backend.bin') };
  go(folder, 'build', '-o', built.backend, './backend');
  go(folder, 'test', '-c', '-o', built.suite, '.');
  return built;
}

function copyBackend(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to);
  for (const file of globSync('**/*.go', { cwd: from, exclude: (name) => name.endsWith('_test.go') })) {
    const text = readFileSync(join(from, file), 'utf8')
      .replaceAll(/fmt\.Sprintf\("(?:0\.0\.0\.0)?(:%[sd])"/g, 'fmt.Sprintf(os.Getenv("HIKYAKU_POD_IP")+"$1"')
      .replaceAll('"sigs.k8s.io/gateway-api/conformance/echo-basic/', '"conformance/backend/');
    mkdirSync(join(to, file, '..'), { recursive: true });
    writeFileSync(join(to, file), text);
  }
}

function go(cwd: string, ...args: string[]): string {
  return execFileSync('go', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
