/**
 * `npm run chaos`: real processes, a real broker, seeded faults, and a checker over what the tasks wrote.
 *
 *   npm run chaos -- --faults 300 --tasks 20000 --seed 7 --json
 *   npm run chaos -- --only cut-short,kill-agent --faults 20 --tasks 500 --keep
 *
 * The scorecard goes to stdout, what happens meanwhile to stderr. Exit code 1 when something does not hold.
 */
import { execFileSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findNatsServer } from '../../cli/nats-server.ts';
import { play } from './play.ts';
import { kindNames, type KindName } from './schedule.ts';
import { textOf } from './scorecard.ts';

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '300' },
    tasks: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    agents: { type: 'string', default: '4' },
    slots: { type: 'string', default: '4' },
    /** Mean pause between faults, in ms. */
    pause: { type: 'string', default: '1200' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

const said = (text: string) => void writeSync(2, `${text}\n`);
const only = values.only?.split(',').map((name) => {
  if ((kindNames as readonly string[]).includes(name)) return name as KindName;
  throw new Error(`There is no kind of fault "${name}"; there are ${kindNames.join(', ')}.`);
});
const card = await play({
  seed: Number(values.seed),
  faults: Number(values.faults),
  tasks: Number(values.tasks),
  agents: Number(values.agents),
  slots: Number(values.slots),
  pauseMs: Number(values.pause),
  keep: values.keep,
  told: said,
  ...(only === undefined ? {} : { only }),
});
const first = (command: string, args: readonly string[]) => {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
};
const versions = {
  commit: first('git', ['rev-parse', '--short', 'HEAD']),
  node: process.version,
  natsServer: first(findNatsServer({ env: process.env }) ?? 'nats-server', ['--version']),
};
writeSync(1, values.json ? `${JSON.stringify({ ...card, versions }, null, 2)}\n` : textOf(card));
process.exitCode = card.holds ? 0 : 1;
