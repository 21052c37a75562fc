/**
 * A run of a job is over once: its end is one fact, written in the turn that ends it. What follows the end of a
 * run (a completion hook) hangs on that fact.
 */
import type { JobRow } from '../../actors/records.ts';
import { property } from './checker.ts';

const ENDED = new Set<string>(['finished', 'stopped', 'resting']);
const ENDS = new Set<string>(['job.finished', 'job.stopped', 'job.resting']);

export const completionOnce = property('completion-once', (books, fail) => ({
  see(sight) {
    const { decision } = books;
    if (!decision) return;
    const ends = new Map<string, number>();
    for (const { kind, job } of decision.facts) {
      if (ENDS.has(kind)) ends.set(job!, (ends.get(job!) ?? 0) + 1);
    }
    for (const [name, change] of decision.changes) {
      if (!name.startsWith('job/') || change.after === undefined) continue;
      const before = change.before as unknown as JobRow | undefined;
      const after = change.after as unknown as JobRow;
      const wasOver = before?.generation === after.generation && ENDED.has(before.state);
      const isOver = ENDED.has(after.state);
      if (wasOver && !isOver)
        fail(
          sight.atMs,
          `Run ${after.generation} of "${after.name}" was over and is ${after.state}.`,
        );
      const told = ends.get(after.name) ?? 0;
      const wanted = isOver && !(wasOver && before.state === after.state) ? 1 : 0;
      if (told !== wanted)
        fail(
          sight.atMs,
          `The end of run ${after.generation} of "${after.name}" is told ${told} times.`,
        );
      ends.delete(after.name);
    }
    for (const [job] of ends)
      fail(sight.atMs, `The end of "${job}" is told, and it has not ended.`);
  },
}));
