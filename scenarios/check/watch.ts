/**
 * What a controller can know of its agents within one term, worked out a second time from what it took in:
 * since when it hears without interruption, and when each boot last spoke.
 *
 *   probes back in time ─▶ hearing since …        frames of the present boot ─▶ last word, last word not deaf
 */
import { key, under, type AgentRow } from '../../actors/records.ts';
import type { TermLife } from '../../actors/tap.ts';
import type { AgentFrame } from '../../transport/frame.ts';
import type { Decision, Fact, LifeOf } from './books.ts';

export interface Watched {
  readonly agent: string;
  readonly storeId: string;
  readonly boot: number;
  /** Null until its hello has told. */
  bootId: string | null;
  /** Of its chart, by its facts. */
  state: string;
  /** When that state began. */
  since: number;
  /** On the controller's clock; the beginning of the boot or the term to begin with. */
  lastWordAt: number;
  /** The last word that did not say that it hears nothing. */
  lastGoodAt: number;
  /** These as they were when the probe of the present turn came back: what follows it was not judged. */
  judgedWordAt: number;
  judgedGoodAt: number;
  /** The longest timeout that this boot may hold a lease for. */
  timeoutMs: number;
}

export class Watch {
  readonly everyMs: number;
  readonly withinMs: number;
  readonly agents = new Map<string, Watched>();
  /** Since when every probe has come back in time; Infinity: it does not hear. */
  hearingSince = Infinity;
  /** A probe of the present turn has come back in time. */
  probed = false;
  #lastBackAt = -Infinity;
  #awayAt = -Infinity;

  constructor({ life, decided }: LifeOf<TermLife>) {
    const { timing, termLeaseMs } = life.config;
    const { periodMs, delayMs } = timing;
    this.everyMs = Math.max(1, Math.min(1_000, Math.floor(periodMs / 2)));
    this.withinMs = this.everyMs + delayMs;
    for (const name of decided.keysIn(under('agent'))) {
      const row = decided.get(name) as unknown as AgentRow;
      // Whom the term before may have echoed counts as heard for so long (R13).
      if (row.state === 'present') this.#begin(row, life.at + termLeaseMs);
    }
  }

  /** Takes what a turn took in, and its facts. */
  take({ step, facts, changes, of }: Decision): void {
    const { at } = step;
    this.probed = false;
    for (const fact of facts) {
      if (fact.kind !== 'agent.boot') continue;
      const row = of.decided.get(key.agent(fact.agent!)) as unknown as AgentRow;
      if (fact.state === 'lost') this.agents.delete(fact.agent!);
      else this.#begin(row, at);
    }
    for (const input of step.inputs) {
      if (input.kind === 'probe') this.#probe(input.sentAt, at);
      else if (input.kind === 'frame') this.#word(input.frame, at);
      else if (input.kind === 'disconnected') {
        this.#awayAt = at;
        this.#lastBackAt = -Infinity;
        this.hearingSince = Infinity;
      }
    }
    for (const name of changes.keys()) {
      if (!name.startsWith('agent/')) continue;
      const row = of.decided.get(name) as unknown as AgentRow;
      const watched = this.agents.get(row.id);
      if (watched) watched.timeoutMs = row.timeoutMs;
    }
  }

  /** Notes the new states of connections. After the facts of the turn have been judged. */
  move(decision: Decision): void {
    const { facts, step } = decision;
    for (const fact of facts) {
      const { agent, kind, state } = fact;
      const watched = agent === undefined ? undefined : this.agents.get(agent);
      if (isOfBootBefore(decision, fact)) continue;
      if (!watched || state === undefined || kind !== `agent.${state}`) continue;
      watched.state = state;
      watched.since = step.at;
      if (state === 'lost' || state === 'left') this.agents.delete(watched.agent);
    }
  }

  #begin(row: AgentRow, at: number): void {
    const state = 'reconciling';
    const { id: agent, storeId, boot, bootId = null, timeoutMs } = row;
    const words = { lastWordAt: at, lastGoodAt: at, judgedWordAt: at, judgedGoodAt: at };
    const known = { agent, storeId, boot, bootId, state, since: at, timeoutMs };
    this.agents.set(agent, { ...known, ...words });
  }

  #word({ agent, storeId, boot, deaf, hello }: AgentFrame, at: number): void {
    const watched = this.agents.get(agent);
    if (watched?.boot !== boot || watched.storeId !== storeId) return;
    const { bootId = watched.bootId } = hello ?? {};
    watched.bootId ??= bootId;
    if (bootId !== watched.bootId) return;
    watched.lastWordAt = Math.max(watched.lastWordAt, at);
    if (!deaf) watched.lastGoodAt = watched.lastWordAt;
  }

  #probe(sentAt: number, at: number): void {
    if (sentAt <= this.#awayAt || at - sentAt > this.withinMs) return;
    if (!this.probed) {
      for (const watched of this.agents.values()) {
        watched.judgedWordAt = watched.lastWordAt;
        watched.judgedGoodAt = watched.lastGoodAt;
      }
    }
    this.probed = true;
    if (!(at - this.#lastBackAt <= this.withinMs)) this.hearingSince = at;
    this.#lastBackAt = at;
  }
}

/** Whether another boot has followed the one that a fact is about in the same turn: it is of no concern any more. */
export const isOfBootBefore = ({ facts }: Decision, { agent, n }: Fact) =>
  facts.some((fact) => fact.kind === 'agent.boot' && fact.agent === agent && fact.n > n);
