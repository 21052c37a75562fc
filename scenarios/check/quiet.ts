/**
 * Where nothing is disturbed nothing is repeated: until the first fault of a run there is no suspicion, no
 * request or ending sent twice, no loss and no attempt beyond what the work itself has failed. A system that is
 * right by constant retry would pass all other checkers.
 */
import { checkConfig } from '../../actors/controller-config.ts';
import { defaultLongRunningMs } from '../../machines/timing.ts';
import type { Action } from '../plan.ts';
import { saidLater } from './books.ts';
import { property } from './checker.ts';

/** What people do in peace. All else is a fault. */
const PEACEFUL = new Set<Action['do']>([
  'submit', 'job', 'cancel', 'retry', 'accept', 'giveUp', 'stopJob', 'drain', 'start', 'backup', 'mend',
  'heal', 'resume',
]); // prettier-ignore

const TROUBLE = new Set([
  'agent.suspect', 'agent.lost', 'agent.repeat', 'agent.gap', 'agent.answered', 'agent.reconciled',
  'lost', 'superseded', 'timeout-idle', 'ask', 'confirmed', 'hold',
]); // prettier-ignore

const QUESTIONS = new Set(['timeout-idle', 'ask']);

export const quiet = property('quiet', (books, fail) => {
  const { idleMs, timing } = checkConfig(books.setting.settings);
  // Whoever wants to be asked more often than there are pulses is.
  const pulseMs = defaultLongRunningMs + Math.max(defaultLongRunningMs, timing.periodMs);
  const isAsked = idleMs < pulseMs + timing.delayMs;
  let isQuiet = true;
  const said = new Set<string>();
  return {
    see(sight) {
      if (sight.what === 'action' && !PEACEFUL.has(sight.action.do)) isQuiet = false;
      if (sight.what === 'over' || sight.what === 'lie' || sight.what === 'frame') isQuiet = false;
      if (!isQuiet) return;
      const { decision, turn } = books;
      for (const fact of decision?.facts ?? []) {
        const kind = fact.kind === 'timeout' && fact.state === 'idle' ? 'timeout-idle' : fact.kind;
        if (TROUBLE.has(kind) && !(isAsked && QUESTIONS.has(kind)))
          fail(
            sight.atMs,
            `Nothing was disturbed, and there is ${kind} of ${fact.id ?? fact.agent}.`,
          );
      }
      for (const { agent, storeId, outbox } of turn ? saidLater(turn.step) : []) {
        for (const { place } of outbox) {
          const name = `${agent} ${storeId} ${place.boot}/${place.n}`;
          if (said.has(name))
            fail(sight.atMs, `Nothing was disturbed, and ${agent} tells an end twice.`);
          said.add(name);
        }
      }
    },
  };
});
