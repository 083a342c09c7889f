/** `npm run docs:support`: writes docs/support.md anew. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { supportPage } from '../src/honoured/support-page.ts';

const docs = join(import.meta.dirname, '../../../docs');
mkdirSync(docs, { recursive: true });
writeFileSync(join(docs, 'support.md'), supportPage());
