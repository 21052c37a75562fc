/**
 * `--per-file FILE`: what became of each entry of an ingest, a line of JSON each, page by page.
 *
 *   {"path":"a/b","outcome":"copied","bytes":12,"why":null,"id":"ingest-1a2b3c4d-1-7"}
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import type { FilesPage } from '../dashboard/server/ingest-files.ts';
import type { Api } from './api-client.ts';
import { pathSentence, usage } from './failure.ts';
import type { Call } from './verb.ts';

const STDOUT = '-';

const fileOf = ({ options }: Call): string | undefined =>
  typeof options['perFile'] === 'string' ? options['perFile'] : undefined;

/** Looks, before anything is begun, whether the lines can be written. @throws {CommandFailed} */
export function checkPerFile(call: Call): void {
  const file = fileOf(call);
  if (file === STDOUT && call.values.json) {
    throw usage(
      '--per-file - and --json both write to stdout: give --per-file the name of a file.',
    );
  }
  if (file === undefined || file === STDOUT) return;
  try {
    writeFileSync(file, '');
  } catch (error) {
    throw usage(pathSentence('file', file, error), error);
  }
}

/** Writes the lines of a run, if asked. @returns true when they have taken stdout */
export async function writePerFile(
  call: Call,
  { get }: Api,
  { name, generation }: { readonly name: string; readonly generation: number },
): Promise<boolean> {
  const file = fileOf(call);
  if (file === undefined) return false;
  let after: string | null = '0.0';
  while (after !== null) {
    const page: FilesPage = await get(`/api/v1/jobs/${name}/files`, { generation, after });
    const text = page.items.map((item) => `${JSON.stringify(item)}\n`).join('');
    if (file === STDOUT) call.stdout.write(text);
    else appendFileSync(file, text);
    after = page.next;
  }
  return file === STDOUT;
}
