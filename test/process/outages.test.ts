/**
 * Agents whose cable to the NATS server is spoilt, as processes, in real time with short periods: within
 * the timeout it costs nothing but re-sends; beyond it the lease ends first and then the work begins elsewhere.
 *
 *   agent a1 ── cable: held both ways ────┐
 *   agent a2 ── cable: what it says ──────┼── NATS ── controller
 *   agent a3 ── cable: what it hears ─────┘
 *
 * The exact instants are those of the virtual clock (test/actors/boundaries.test.ts); here they are told by
 * facts, and each may be late by one turn of the request clock on a busy machine.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import type { FactView } from '../../actors/views.ts';
import { openCable, type Cable, type Flow } from '../chaos/cable.ts';
import { linesOf, makeGate, openGate } from './gate.ts';
import { openNodes, type Nodes } from './nodes.ts';
import { connected, facts, logOf, submitAgain, whenDone } from './told.ts';

/** Period and delay: so often a request is sent again. */
const EVERY_MS = 1_500;
const SHORT = ['--period', '1s', '--delay', '500ms'];
const CUT_OFF = ['a1', 'a2', 'a3'] as const;
/** What each cable does during the outage. */
const FLOWS: readonly { readonly to?: Flow; readonly from?: Flow }[] = [
  { to: 'hold', from: 'hold' },
  { to: 'drop' },
  { from: 'hold' },
];

let nodes: Nodes;
const cables: Cable[] = [];

beforeEach(async () => {
  nodes = await openNodes();
});

afterEach(async () => {
  await nodes.close();
  for (const cable of cables.splice(0)) await cable.close();
});

/** Three agents of one slot on a cable each, with a task each that waits at a gate. */
async function threeAtWork(script: string, timeout: string) {
  await nodes.controller(...SHORT, '--timeout', timeout);
  const [gate, ledger] = [nodes.at('gate'), nodes.at('ledger')];
  makeGate(gate);
  const begun = CUT_OFF.map(async (id) => {
    const cable = await openCable(nodes.nats.port);
    cables.push(cable);
    const server = ['--nats', `nats://127.0.0.1:${cable.port}`];
    await nodes.agent(id, '--allow-shell', '--slots', '1', ...server);
  });
  await Promise.all(begun);
  await connected(nodes, ...CUT_OFF);
  const tasks = ['t1', 't2', 't3'];
  for (const id of tasks)
    await submitAgain(nodes, id, script, gate, ledger, nodes.at(`lock-${id}`));
  const lines = (word: string) => linesOf(ledger).filter((line) => line.startsWith(word));
  await nodes.until('all run', () => lines('begin').length === tasks.length);
  return { tasks, gate, ledger, lines };
}

const spoil = () => CUT_OFF.forEach((_, n) => cables[n]!.set(FLOWS[n]!));
const heal = () => cables.forEach((cable) => cable.heal());

const ofAgent = (all: readonly FactView[], id: string) => all.filter(({ agent }) => agent === id);
const detailOf = ({ detail }: FactView) => detail as { n: number; request: string; sends: number };

describe('an outage within the timeout', () => {
  it('costs no attempt, whichever direction is cut; requests keep their clock', async () => {
    const script =
      'echo begin $LIFELINE_FENCE >> $2; read key < $1; echo $LIFELINE_ID; echo end >> $2';
    const { tasks, gate, lines } = await threeAtWork(script, '12s');
    const spoiltAt = systemClock.now();
    spoil();
    await nodes.until('each has been asked five times', async () => {
      const repeats = await facts(nodes, 'agent.repeat');
      return CUT_OFF.every((id) => ofAgent(repeats, id).length >= 4);
    });
    const close = openGate(gate, tasks.length);
    await nodes.until('all have ended meanwhile', () => lines('end').length === tasks.length);
    close();
    const healedAt = systemClock.now();
    heal();

    for (const id of tasks) {
      expect(await whenDone(nodes, id)).toMatchObject({ attempt: 1, state: 'done' });
      await nodes.until('its log is here', async () => (await logOf(nodes, id, 1)) === `${id}\n`);
    }
    expect(new Set(lines('begin')).size).toBe(tasks.length);
    expect(lines('begin')).toHaveLength(tasks.length);
    await connected(nodes, ...CUT_OFF);
    expect(await facts(nodes, 'agent.lost')).toEqual([]);
    const isDuring = ({ at }: FactView) => Date.parse(at) > spoiltAt && Date.parse(at) < healedAt;
    const suspects = (await facts(nodes, 'agent.suspect')).filter(isDuring);
    const repeats = await facts(nodes, 'agent.repeat');
    const reconciled = await facts(nodes, 'agent.reconciled');
    for (const id of CUT_OFF) {
      // Nothing was open, so that the suspicion sends a probe: that is what is sent again.
      const firstSentAt = Date.parse(ofAgent(suspects, id)[0]!.at);
      const during = ofAgent(repeats, id).filter(isDuring);
      const { n } = detailOf(during[0]!);
      expect(during.map(detailOf)).toEqual(
        during.map((_, k) => ({ n, request: 'probe', sends: k + 2 })),
      );
      const sentAgainAt = during.map(({ at }) => (Date.parse(at) - firstSentAt) / EVERY_MS);
      expect(sentAgainAt.map(Math.floor)).toEqual(during.map((_, k) => k + 1));
      expect(ofAgent(reconciled, id).length).toBeGreaterThan(0);
    }
  });
});

describe('an outage beyond the timeout', () => {
  it('ends the lease before the work begins elsewhere, whichever direction is cut', async () => {
    // The lock is the kernel's: it is held by whoever lives of an attempt.
    const script = `
      exec 9>> $3
      flock -n 9 || { echo "overlap $LIFELINE_ATTEMPT" >> $2; exit 1; }
      echo "begin $LIFELINE_ID $LIFELINE_ATTEMPT" >> $2
      [ $LIFELINE_ATTEMPT = 1 ] || exit 0
      trap '' TERM
      while :; do echo "goes on with $LIFELINE_ID" >> $2; sleep 0.1; done`;
    const { tasks, ledger, lines } = await threeAtWork(script, '5s');
    await nodes.agent('a4', '--allow-shell');
    await connected(nodes, 'a4');
    spoil();
    await nodes.until('two are begun elsewhere', () => lines('begin').length === 5);
    // The third is heard all the time: its next boot tells what became of its task, once it hears.
    await nodes.until('the third has another boot', async () => {
      const boots = await facts(nodes, 'agent.boot');
      return ofAgent(boots, 'a3').length === 2;
    });
    heal();
    for (const id of tasks) {
      const { attempt, attempts } = await whenDone(nodes, id);
      expect(attempt).toBe(2);
      // An agent that is heard again in time tells itself that it has killed it.
      expect(['lost', 'killed']).toContain(attempts[0]?.ending);
      expect(attempts[1]).toMatchObject({ ending: 'done' });
      const own = linesOf(ledger).filter((line) => line.includes(` ${id}`));
      expect(own.at(-1)).toBe(`begin ${id} 2`);
    }
    expect(lines('overlap')).toEqual([]);
    await connected(nodes, ...CUT_OFF);
  });
});
