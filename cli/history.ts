/** `lifeline history`: the facts of the journal, oldest first, a line each. */
import type { HistoryPage } from '../actors/history.ts';
import { instant } from '../actors/views.ts';
import { parseId } from '../transport/ids.ts';
import { parseDuration } from './duration.ts';
import { exitCodes, usage } from './failure.ts';
import { jsonLine } from './json.ts';
import { asking } from './reach.ts';
import { reachSettings } from './settings.ts';
import { factLine } from './show-lines.ts';
import type { Call, Verb } from './verb.ts';

const PER_PAGE = 1_000;

export const history: Verb = {
  name: 'history',
  arguments: '',
  summary: 'the facts of the journal, oldest first; with --json one object a line',
  settings: reachSettings,
  options: [
    ['--from <WHEN>', 'not before: 2030-01-31T12:00:00Z, or 10m for ten minutes ago'],
    ['--to <WHEN>', 'before'],
    ['--job <NAME>', 'of this job and its sub-transactions'],
    ['--kind <KIND>', 'of this kind: assign, done, agent.suspect, …; several with commas'],
    ['--limit <N>', 'at most so many'],
  ],
  async run(call) {
    const filter = filterOf(call);
    let left = limitOf(call.options['limit']);
    return asking(call, async ({ get }) => {
      for (let after: number | null = 0; after !== null && left > 0;) {
        const asked = { ...filter, after, limit: Math.min(left, PER_PAGE) };
        const page: HistoryPage = await get('/api/v1/history', asked);
        for (const fact of page.items)
          call.print(call.values.json ? jsonLine(fact) : factLine(fact));
        left -= page.items.length;
        after = page.next;
      }
      return exitCodes.done;
    });
  },
};

function filterOf({ options, clock }: Call) {
  const { from, to, job, kind } = options as Readonly<Record<string, string | undefined>>;
  const now = clock.now();
  const when = (text: string | undefined, what: string) =>
    text === undefined ? undefined : instant(parseWhen(text, what, now));
  return {
    from: when(from, '--from'),
    to: when(to, '--to'),
    job: job === undefined ? undefined : parseId(job, 'job name'),
    kind,
  };
}

/** An instant: ISO 8601, or a duration with its unit, meaning that long ago. */
export function parseWhen(text: string, what: string, now: number): number {
  if (/^[\d.]+(ms|s|m|h|d)$/.test(text)) return now - parseDuration(text, what);
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(at)) return at;
  throw usage(`${what} is no instant: ${JSON.stringify(text)}; write 2030-01-31T12:00:00Z or 10m.`);
}

function limitOf(text: Call['options'][string]): number {
  if (text === undefined) return Infinity;
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit >= 1) return limit;
  throw usage(`--limit must be a whole number from 1 on, not ${String(text)}.`);
}
