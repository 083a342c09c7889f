/**
 * Makes the types of the gRPC contracts: `npm run contracts` writes them into src/generated. The options are those the kit reads
 * the files with (packages/service/src/grpc/load.ts).
 */
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

const here = import.meta.dirname;
const committed = path.join(here, 'src', 'generated');
const generator = createRequire(import.meta.url).resolve('@grpc/proto-loader/build/bin/proto-loader-gen-types.js');

function generate(outDir: string): void {
  const protos = path.join(here, 'proto');
  const options = [
    '--longs=Number',
    '--enums=String',
    '--defaults',
    '--oneofs',
    '--includeComments',
    '--importFileExtension=.ts',
  ];
  const files = globSync('**/*.proto', { cwd: protos });
  execFileSync(process.execPath, [generator, ...options, '--grpcLib=@grpc/grpc-js', `--outDir=${outDir}`, ...files], {
    cwd: protos,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const contents = (folder: string): Map<string, string> =>
  new Map(
    globSync('**/*.ts', { cwd: folder })
      .toSorted()
      .map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]),
  );

/** Files that are missing, left over, or different. */
export function outdated(): string[] {
  const fresh = mkdtempSync(path.join(tmpdir(), 'contracts-'));
  try {
    generate(fresh);
    const [wanted, found] = [contents(fresh), contents(committed)];
    return [...new Set([...wanted.keys(), ...found.keys()])].filter((file) => wanted.get(file) !== found.get(file));
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

if (import.meta.main) {
  rmSync(committed, { recursive: true, force: true });
  generate(committed);
}
