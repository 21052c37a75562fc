/**
 * Watches a job of this process until it ends or somebody interrupts: progress, connection events above
 * it, and the way out.
 *
 *   running ──ended──▶ agents hand over what they still have ──▶ the view of the job
 *      └──SIGINT──▶ agents take nothing new ──▶ what runs has ended ──▶ undefined: the same command goes on
 */
import type { JobHandle } from '../actors/job-handle.ts';
import type { JobView } from '../actors/views.ts';
import { aborted } from './aborted.ts';
import type { Embedded } from './embedded.ts';
import { CommandFailed, exitCodes } from './failure.ts';
import { createProgress } from './progress.ts';
import { shownCount } from './shown.ts';
import { tellTrouble } from './timeline.ts';
import type { Call } from './verb.ts';

type Watcher = Pick<Call, 'screen' | 'clock' | 'interruption'>;

/** Resolves with how the job ended, or undefined when it was interrupted; its source's error rejects. */
export async function followJob(
  { screen, clock, interruption }: Watcher,
  embedded: Pick<Embedded, 'controller' | 'join'> & { readonly settle: () => Promise<unknown> },
  job: JobHandle,
): Promise<JobView | undefined> {
  const unfollow = embedded.controller.follow((facts) => {
    for (const fact of facts) tellTrouble(screen, fact);
  });
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

/** That a run goes on which had been cut short. */
export const resumedLine = ({
  name,
  generation,
  taken,
}: Pick<JobHandle, 'name' | 'generation' | 'taken'>): string =>
  `Going on with run ${generation} of "${name}", which was cut short: ${shownCount(taken)} had been handed over.`;

/** A job of this process was left where it was. */
export const interruptedHere = (name: string): CommandFailed =>
  new CommandFailed(
    exitCodes.interrupted,
    `Interrupted; the same command goes on with "${name}" where it was.`,
  );
