/**
 * Judged in time, neither early nor late, on the controller's clock:
 *
 *   last word ── 12 s, inclusive ──▶ suspect ── 60 s ──▶ lost        reconciling ── 60 s without report ──▶ lost
 *
 * Silence is judged only when a probe has shown that the controller hears, and is judged then. (The figures are
 * those of the default timing.)
 */
import { beatsOf, type ClassSettings } from '../../machines/class-settings.ts';
import { suspectAfterMs } from '../../machines/timing.ts';
import type { TermLife } from '../../actors/tap.ts';
import type { Decision, Fact, LifeOf } from './books.ts';
import { property, type Fail } from './checker.ts';
import { isOfBootBefore, Watch, type Watched } from './watch.ts';

/** A judgement waits for a probe, and a turn for the disk. */
const SLACK_MS = 3_000;

export const timeline = property('timeline', (books, fail) => {
  const watches = new Map<LifeOf<TermLife>, Watch>();
  // An agent is watched by the timing that it has confirmed: with classes, any there has been.
  const ofClasses: number[] = [];
  return {
    see(sight) {
      if (sight.what === 'term') {
        for (const of of books.followed) watches.delete(of as LifeOf<TermLife>);
        const of = books.terms.get(sight.seat)!;
        watches.set(of, new Watch(of));
      }
      const { decision } = books;
      const watch = decision && watches.get(decision.of);
      if (!watch) return;
      watch.take(decision);
      for (const fact of decision.facts) ofClasses.push(...limitsIn(fact));
      const all = [suspectAfterMs(decision.of.life.config.timing), ...ofClasses];
      const limits = { leastMs: Math.min(...all), mostMs: Math.max(...all) };
      for (const fact of decision.facts) {
        const { agent, kind } = fact;
        const watched = agent === undefined ? undefined : watch.agents.get(agent);
        if (!watched || isOfBootBefore(decision, fact)) continue;
        if (kind === 'agent.suspect')
          checkSuspect(decision, watch, watched, limits.leastMs, fact, sight.atMs, fail);
        if (kind === 'agent.lost') checkLost(decision, watch, watched, sight.atMs, fail);
      }
      watch.move(decision);
      if (watch.probed) checkOverdue(decision, watch, limits.mostMs, sight.atMs, fail);
    },
  };
});

/** Of a configuration of classes, that of each timing in it. */
function limitsIn({ kind, detail }: Fact): readonly number[] {
  if (kind !== 'controller.classes') return [];
  const { classes } = detail as unknown as { readonly classes: readonly ClassSettings[] };
  return classes.flatMap((one) => {
    const beats = beatsOf(one);
    return beats ? [suspectAfterMs({ version: 0, ...beats })] : [];
  });
}

function checkSuspect(
  { step, heard }: Decision,
  { probed }: Watch,
  { agent, boot, judgedWordAt }: Watched,
  limitMs: number,
  { detail }: Fact,
  atMs: number,
  fail: Fail,
): void {
  const silentMs = step.at - judgedWordAt;
  if ((detail as { deaf?: boolean }).deaf) {
    if (!heard.some((frame) => frame.agent === agent && frame.boot === boot && frame.deaf))
      fail(atMs, `${agent} is suspect for being deaf, and has not said so.`);
    return;
  }
  if (silentMs <= limitMs)
    fail(atMs, `${agent} is suspect after ${silentMs} ms, and up to ${limitMs} ms are no silence.`);
  if (!probed) fail(atMs, `${agent} is suspect, and the controller does not know that it hears.`);
}

function checkLost(
  { step }: Decision,
  { probed }: Watch,
  { agent, state, since, judgedGoodAt, timeoutMs }: Watched,
  atMs: number,
  fail: Fail,
): void {
  const silentMs = step.at - (state === 'reconciling' ? since : judgedGoodAt);
  if (silentMs < timeoutMs)
    fail(atMs, `${agent} is lost after ${silentMs} ms in ${state}, before ${timeoutMs} ms.`);
  if (!probed) fail(atMs, `${agent} is lost, and the controller does not know that it hears.`);
}

/** Whether somebody should have been judged by now. */
function checkOverdue(
  { step }: Decision,
  watch: Watch,
  limitMs: number,
  atMs: number,
  fail: Fail,
): void {
  const { hearingSince, withinMs } = watch;
  const slackMs = 2 * withinMs + SLACK_MS;
  for (const { agent, state, since, lastWordAt, lastGoodAt, timeoutMs } of watch.agents.values()) {
    const silentMs = step.at - Math.max(hearingSince, lastWordAt);
    if ((state === 'connected' || state === 'reconciled') && silentMs > limitMs + slackMs)
      fail(atMs, `${agent} is ${state} after ${silentMs} ms of silence.`);
    // A one-way cut must not look healthy: who says for so long that it hears nothing is suspect.
    const deafMs = step.at - Math.max(hearingSince, lastGoodAt);
    if ((state === 'connected' || state === 'reconciled') && deafMs > 2 * limitMs + slackMs)
      fail(atMs, `${agent} is ${state}, and hears nothing for ${deafMs} ms.`);
    const troubleMs = step.at - Math.max(hearingSince, since, state === 'suspect' ? lastGoodAt : 0);
    if ((state === 'suspect' || state === 'reconciling') && troubleMs > timeoutMs + slackMs)
      fail(atMs, `${agent} is ${state} for ${troubleMs} ms and is not lost after ${timeoutMs}.`);
  }
}
