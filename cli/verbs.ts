/** Every command of the command line, in the order of the help. */
import { cancel } from './cancel.ts';
import { accept, giveUp } from './decide.ts';
import { demo } from './demo.ts';
import { explain } from './explain.ts';
import { history } from './history.ts';
import { ingestVerb } from './ingest.ts';
import { list } from './list.ts';
import { log } from './log-verb.ts';
import { retry } from './retry.ts';
import { run } from './run.ts';
import { show } from './show.ts';
import type { Verb } from './verb.ts';

export const verbs: readonly Verb[] = [
  run,
  ingestVerb,
  list,
  show,
  log,
  explain,
  history,
  retry,
  cancel,
  accept,
  giveUp,
  demo,
];
