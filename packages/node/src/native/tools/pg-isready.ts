/** `pg_isready` for scripts that run inside a container of the native PostgreSQL; as the only command of a hook or a probe it needs no process (../postgres-ready.ts). */
import process from 'node:process';
import { pgIsReady } from '../postgres-ready.ts';
import { environment } from './environment.ts';

const { code, output } = await pgIsReady(process.argv.slice(2), { ...environment(), signal: AbortSignal.timeout(3000) });
if (output !== '') process.stdout.write(`${output}\n`);
process.exitCode = code;
