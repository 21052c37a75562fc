/**
 * Watches a job of this process until it ends or somebody interrupts: progress, connection events above
 * it, and the way out.
 *
 *   running ──ended──▶ agents hand over what they still have ──▶ the view of the job
 *      └──SIGINT──▶ agents take nothing new ──▶ what runs has ended ──▶ undefined: the same command goes on
 */
import type { JobHandle } from '../actors/job-handle.ts';
import type { JobView } from '../actors/views.ts';
import type { Embedded } from './embedded.ts';
import { createProgress } from './progress.ts';
import { shownCount, shownTime } from './shown.ts';
import { eventLine } from './timeline.ts';
import type { Call } from './verb.ts';

type Watcher = Pick<Call, 'screen' | 'clock' | 'interruption'>;

/** Resolves with how the job ended, or undefined when it was interrupted; its source's error rejects. */
export async function followJob(
  { screen, clock, interruption }: Watcher,
  embedded: Embedded,
  job: JobHandle,
): Promise<JobView | undefined> {
  const unfollow = tellEvents(screen, embedded);
  const progress = createProgress(screen, clock);
  const interrupted = interruption();
  try {
    await embedded.join();
    if (job.resumed) screen.line(resumedLine(job));
    const showing = (async () => {
      for await (const counts of job.progress()) {
        if (interrupted.aborted) return;
        progress.show({ ...counts, total: counts.total ?? 0 });
      }
    })();
    const ended = await Promise.race([job.ended, aborted(interrupted)]);
    progress.end();
    if (ended === undefined) {
      screen.line('Interrupted: what runs may end first; a second signal ends at once.');
    } else await showing;
    await embedded.settle();
    return ended;
  } finally {
    progress.end();
    unfollow();
  }
}

const resumedLine = ({ name, generation, taken }: JobHandle) =>
  `Going on with run ${generation} of "${name}", which was cut short: ${shownCount(taken)} had been handed over.`;

/** What is worth a line while a job runs: trouble with agents, and its end. */
export function tellEvents(
  screen: Call['screen'],
  { controller }: Pick<Embedded, 'controller'>,
): () => void {
  return controller.follow((facts) => {
    for (const fact of facts) {
      const event = eventLine(fact);
      if (event === undefined || event.tone === 'plain') continue;
      const colour = event.tone === 'good' ? 'green' : 'yellow';
      screen.line(`${shownTime(Date.parse(fact.at))} ${screen.style(colour, event.text)}`);
    }
  });
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
