/**
 * A cancel holds: once it is recorded, no attempt of that work is given out any more, whatever is lost or
 * restarted (R15), and it ends cancelled, or done if it was done before. The same for all of a run that is
 * being stopped.
 */
import { key, type JobRow } from '../../actors/records.ts';
import { birthOf } from '../../actors/sheet-rows.ts';
import { property } from './checker.ts';

const AFTER_CANCEL = new Set<string | undefined>(['cancelling', 'cancelled', 'done']);

export const cancelHolds = property('cancel-holds', (books, fail) => {
  /** Births of which a cancel was answered, by id. */
  const cancelled = new Map<string, number>();
  return {
    see(sight, world) {
      if (sight.what === 'answered' && !sight.refusal && sight.command.kind === 'cancel') {
        const { id } = sight.command;
        const store = world.storeOf('controller');
        const birth = store && birthOf(store, id);
        if (birth !== undefined) cancelled.set(id, birth);
      }
      const { decision } = books;
      if (!decision) return;
      for (const { before, after } of decision.subs) {
        if (before?.state === 'cancelling' && !AFTER_CANCEL.has(after?.state))
          fail(sight.atMs, `${before.id} was being cancelled and is ${after?.state}.`);
      }
      for (const fact of decision.facts) {
        if (fact.kind !== 'assign') continue;
        const { id, birth, attempt, job } = fact;
        const isOff = cancelled.get(id!) === birth && !books.lies.coversBirth(birth!, id!);
        if (isOff)
          fail(sight.atMs, `${id}#${attempt} is given out although "${id}" was cancelled.`);
        const run = job ? decision.of.decided.get(key.job(job)) : undefined;
        const { state, generation } = (run ?? {}) as unknown as Partial<JobRow>;
        const sub = decision.subs.find((each) => each.birth === birth)?.after;
        if (sub?.generation === generation && state === 'stopping')
          fail(sight.atMs, `${id}#${attempt} is given out although "${job}" is being stopped.`);
      }
    },
  };
});
