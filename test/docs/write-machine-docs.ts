/** `npm run docs:machines`: writes docs/machines anew, and removes what is not of it. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { machineDocs } from './machine-docs.ts';

const folder = new URL('../../docs/machines/', import.meta.url);
const files = machineDocs();
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) if (!files.has(name)) rmSync(new URL(name, folder));
for (const [name, text] of files) writeFileSync(new URL(name, folder), text);
process.stdout.write(`${files.size} files in docs/machines\n`);
