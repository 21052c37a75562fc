/** Every command of the command line, in the order of the help. */
import { agent } from './agent.ts';
import { agents } from './agents.ts';
import { cancel } from './cancel.ts';
import { controller } from './controller.ts';
import { accept, giveUp } from './decide.ts';
import { demo } from './demo.ts';
import { drain } from './drain.ts';
import { explain } from './explain.ts';
import { history } from './history.ts';
import { ingestVerb } from './ingest.ts';
import { list } from './list.ts';
import { log } from './log-verb.ts';
import { natsConfig } from './nats-config.ts';
import { ps } from './ps.ts';
import { retry } from './retry.ts';
import { run } from './run.ts';
import { show } from './show.ts';
import { stop } from './stop.ts';
import { up } from './up.ts';
import { watch } from './watch.ts';
import type { Verb } from './verb.ts';

export const verbs: readonly Verb[] = [
  up,
  controller,
  agent,
  run,
  ingestVerb,
  list,
  watch,
  stop,
  ps,
  show,
  log,
  explain,
  history,
  agents,
  drain,
  retry,
  cancel,
  accept,
  giveUp,
  natsConfig,
  demo,
];
