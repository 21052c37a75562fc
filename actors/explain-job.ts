/**
 * Why a job is where it is: its present or last run as sentences, in order.
 *
 *   facts about the job since the run began ─▶ one sentence each (batches of work in one) ─▶ where it stands now
 */
import type { Sentence } from './explain.ts';
import { factsOf, type Fact, type Recorded } from './facts.ts';
import type { ObstacleView } from './obstacles.ts';
import { showJob } from './queries.ts';
import { key, subject, type JobRow } from './records.ts';
import { instant, type JobView } from './views.ts';

const number = (fact: Fact, name: string) =>
  (fact.detail as Readonly<Record<string, number | undefined>> | null | undefined)?.[name] ?? 0;
const who = ({ by }: Fact) => by ?? 'somebody';
const countsOf = (fact: Fact) =>
  (['done', 'failed', 'cancelled', 'parked'] as const)
    .filter((name) => number(fact, name) > 0)
    .map((name) => `${number(fact, name)} ${name}`)
    .join(', ') || 'nothing to do';

const SENTENCES: Readonly<Record<string, (fact: Fact) => string>> = {
  'job.started': (fact) =>
    `Run ${fact.generation ?? 1} began: ${fact.cause === 'tick' ? 'its tick had come' : `${who(fact)} started it`}.`,
  'job.resumed': (fact) => `${who(fact)} went on with it.`,
  'job.sourceEnded': () => 'All of its work has been handed in.',
  'job.stop': (fact) =>
    `${who(fact)} stopped it: nothing more is given out, what is out is cancelled.`,
  'job.abandon': (fact) =>
    `This run could not go on (${who(fact)}): what is left of it is cancelled.`,
  'job.missed': (fact) => `${number(fact, 'ticks')} ticks had passed unseen: they were skipped.`,
  'job.retry': (fact) => `${who(fact)} asked to do ${number(fact, 'failed')} failed ones again.`,
  'job.cleanedUp': (fact) => `${who(fact)} took it out of the lists.`,
  'job.resting': (fact) => `The run was over (${countsOf(fact)}); its next tick runs it again.`,
  'job.finished': (fact) => `The run was over: ${countsOf(fact)}.`,
  'job.stopped': (fact) => `It had stopped: ${countsOf(fact)}.`,
};

/**
 * Explains the present or last run of a job; the last sentence tells where it stands.
 * @param at the present
 * @param obstacle what stands in the way of all that it has queued, if a controller could tell
 * @throws {Refused} `unknown`
 */
export function explainJob(
  store: Recorded,
  name: string,
  at: number,
  obstacle: ObstacleView | null = null,
): readonly Sentence[] {
  const view = showJob(store, name, at);
  const { startFact = 0 } = store.get(key.job(name)) as unknown as JobRow;
  const sentences: Sentence[] = [];
  let handedIn = 0;
  const say = (fact: Fact, text: string) =>
    sentences.push({ at: instant(fact.at), attempt: null, text });
  for (const fact of factsOf(store, subject.job(name), { from: startFact })) {
    if (fact.kind === 'enqueued') {
      handedIn += number(fact, 'count');
      continue;
    }
    if (handedIn > 0) say(fact, `${handedIn} tasks had been handed in together.`);
    handedIn = 0;
    const text = SENTENCES[fact.kind]?.(fact);
    if (text !== undefined) say(fact, text);
  }
  return [...sentences, { at: instant(at), attempt: null, text: present(view, obstacle) }];
}

function present(job: JobView, obstacle: ObstacleView | null): string {
  const counts =
    job.total === null
      ? 'nothing has been handed in yet'
      : `${job.remaining} of ${job.total}${job.sourceEnded ? '' : ' so far'} remain`;
  const parts = [`Run ${job.generation} is ${job.state}: ${counts}`];
  if (obstacle) parts.push(`what is queued waits: ${obstacle.text}`);
  if (job.parked > 0)
    parts.push(`${job.parked} wait for a decision (\`lifeline parked --job ${job.name}\`)`);
  for (const [kind, hook] of Object.entries({ preJob: job.preJob, postJob: job.postJob }))
    if (hook?.state === 'parked')
      parts.push(`nobody knows how its ${kind} ended (\`lifeline explain ${hook.id}\`)`);
  if (job.skippedTicks > 0)
    parts.push(
      `${job.skippedTicks} ticks fell into a run, or a time without a controller, and were skipped`,
    );
  if (job.nextAt !== null) parts.push(`the next tick is at ${job.nextAt}`);
  return `${parts.join('; ')}.`;
}
