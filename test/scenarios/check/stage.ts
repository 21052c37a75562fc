/**
 * A stage for one checker: sights made by hand, in order, over disks that are plain maps. What a turn decides is
 * on its disk when `durable` says so, as in a world.
 *
 *   const stage = new Stage(oneStart);  stage.term().decide({ … }).starts('a1', 7, 1)    throws the Violation
 */
import type { AgentEffect, AgentInput } from '../../../actors/agent-ground.ts';
import type { AgentMeta } from '../../../actors/agent-records.ts';
import { checkConfig } from '../../../actors/controller-config.ts';
import { entryList } from '../../../actors/entry-row.ts';
import type { ControllerEffect, ControllerInput } from '../../../actors/ground.ts';
import { key, subject, type AgentRow, type Entry, type SubRow } from '../../../actors/records.ts';
import { listOf } from '../../../actors/sub-row.ts';
import type { Step } from '../../../actors/tap.ts';
import type { Runner } from '../../../handlers/handler.ts';
import { beginning } from '../../../machines/sub-transaction-record.ts';
import { Books } from '../../../scenarios/check/books.ts';
import type { Property } from '../../../scenarios/check/checker.ts';
import type { Script, Setting } from '../../../scenarios/plan.ts';
import type { Checker, Sight, WorldView } from '../../../scenarios/sight.ts';
import type { Batch, KeyRange, Store, Value } from '../../../store/store.ts';
import type { AgentFrame, ControllerFrame, OutboxEntry } from '../../../transport/frame.ts';

type Writes = Readonly<Record<string, Value | undefined>>;

/** A disk of which only what is read by checkers is there. */
export class Disk {
  values = new Map<string, Value>();
  entries: Value[] = [];

  readonly store = {
    get: (name: string) => this.values.get(name),
    range: ({ from, to }: KeyRange) =>
      [...this.values].filter(([name]) => name >= from && name < to).sort(),
    read: (from: number) =>
      this.entries.map((entry, i) => [i + 1, entry] as const).filter(([n]) => n >= from),
    position: () => this.entries.length,
  } as unknown as Store;

  write(entries: readonly Value[], writes: Iterable<readonly [string, Value | undefined]>): void {
    this.entries.push(...entries);
    for (const [name, value] of writes) {
      if (value === undefined) this.values.delete(name);
      else this.values.set(name, value);
    }
  }

  copy(): Store {
    const copy = new Disk();
    copy.write(this.entries, this.values);
    return copy.store;
  }
}

/** A fact with what it need not say left out. */
export type Told = Omit<Entry, 'at' | 'subject'> & {
  readonly birth?: number;
  readonly subject?: string;
};

interface Turned<Input, Effect> {
  /** Ms since the last turn. Default 0. */
  readonly later?: number;
  readonly inputs?: readonly Input[];
  readonly facts?: readonly Told[];
  readonly entries?: readonly Value[];
  readonly writes?: Writes;
  readonly now?: readonly Effect[];
  readonly then?: readonly Effect[];
  /** It does not become durable. */
  readonly isLost?: boolean;
}

export const SETTING: Setting = { seed: 1, agents: [{ id: 'a1' }, { id: 'a2' }], settings: {} };

export class Stage {
  readonly disks = new Map<string, Disk>();
  readonly #checker: Checker;
  readonly #alive = new Set<string>();
  readonly #turns = new Map<string, number>();
  readonly #setting: Setting;
  readonly scripts: Record<string, Script> = {};
  atMs = 0;

  constructor(property: Property, setting: Setting = SETTING) {
    this.#setting = setting;
    this.#checker = property(new Books(setting));
  }

  disk(seat: string): Disk {
    const name = seat === 'rival' ? 'controller' : seat;
    const disk = this.disks.get(name) ?? new Disk();
    this.disks.set(name, disk);
    return disk;
  }

  see(sight: Sight extends infer S ? (S extends Sight ? Omit<S, 'atMs'> : never) : never): this {
    this.#checker.see({ ...sight, atMs: this.atMs }, this.#view());
    return this;
  }

  end(): void {
    this.#checker.end?.(this.#view());
  }

  wait(ms: number): this {
    this.atMs += ms;
    return this;
  }

  term(
    term = 1,
    { seat = 'controller', ...change }: { seat?: string; settings?: object; batch?: Batch } = {},
  ): this {
    const config = { ...checkConfig({ ...this.#setting.settings, ...change.settings }) };
    const life = {
      ...this.#begin(seat, change.batch),
      controllerId: 'c1',
      term,
      births: 0,
      config,
      known: 0,
    };
    return this.see({ what: 'term', seat, life });
  }

  boot(
    boot = 1,
    { seat = 'a1', agent = seat, batch }: { seat?: string; agent?: string; batch?: Batch } = {},
  ): this {
    const meta: AgentMeta = {
      storeId: `s-${seat}`,
      boot,
      bootId: `${seat}b${boot}`,
      isOver: false,
      controllerId: '',
      term: 0,
      lastOut: null,
    };
    const life = {
      ...this.#begin(seat, batch),
      agent, slots: 2, boot, atLeast: 0, isFirst: boot === 1, runner: {} as Runner,
      records: { meta, tasks: [], outbox: [] },
    }; // prettier-ignore
    return this.see({ what: 'boot', seat, life });
  }

  /** A turn of a controller. */
  decide(turn: Turned<ControllerInput, ControllerEffect>, seat = 'controller'): this {
    return this.#turn(seat, turn, (step) => this.see({ what: 'decided', seat, step: step }));
  }

  /** A turn of an agent. */
  turn(turn: Turned<AgentInput, AgentEffect>, seat = 'a1'): this {
    return this.#turn(seat, turn, (step) => this.see({ what: 'turned', seat, step: step }));
  }

  starts(seat: string, birth: number, attempt: number, id = 'x'): this {
    const line = {
      at: this.atMs,
      what: 'start',
      agent: seat,
      fence: { birth, attempt },
      id,
    } as const;
    return this.see({ what: 'ledger', line });
  }

  ends(
    seat: string,
    birth: number,
    attempt: number,
    exit: 'done' | 'failed' | 'stopped' | 'crash',
    id = 'x',
  ): this {
    const line = {
      at: this.atMs,
      what: 'end',
      agent: seat,
      fence: { birth, attempt },
      id,
      exit,
    } as const;
    return this.see({ what: 'ledger', line });
  }

  dies(seat: string): this {
    this.#alive.delete(seat);
    return this.see({ what: 'over', seat, crashed: true, why: undefined });
  }

  /** A disk goes back: what it had is `before`, what it has is what `change` leaves of it. */
  lies(seat: string, change: (disk: Disk) => void): this {
    const before = this.disk(seat).copy();
    change(this.disk(seat));
    return this.see({ what: 'lie', seat, before, after: this.disk(seat).store });
  }

  #begin(seat: string, batch: Batch = { entries: [], writes: [] }) {
    const disk = this.disk(seat);
    const position = disk.entries.length;
    disk.write(
      batch.entries,
      batch.writes.map((write) =>
        'put' in write ? ([write.put, write.value] as const) : (['', undefined] as const),
      ),
    );
    this.#alive.add(seat);
    this.#turns.set(seat, 0);
    return { at: this.atMs, batch, position, store: disk.store };
  }

  #turn<I, E>(seat: string, given: Turned<I, E>, tell: (step: Step<I, E>) => void): this {
    this.wait(given.later ?? 0);
    const turn = this.#turns.get(seat)! + 1;
    this.#turns.set(seat, turn);
    const at = this.atMs;
    const entries = given.entries ?? (given.facts ?? []).map((fact) => factList(fact, at));
    const writes = new Map(Object.entries(given.writes ?? {}));
    const { inputs = [], now = [], then = [] } = given;
    tell({ turn, at, lateMs: 0, inputs, due: [], entries, writes, now, later: then, readings: [] });
    if (given.isLost) return this;
    this.disk(seat).write(entries, writes);
    return this.see({ what: 'durable', seat, turn });
  }

  #view(): WorldView {
    return {
      setting: this.#setting,
      nowMs: this.atMs,
      ledger: [],
      alive: this.#alive,
      storeOf: (seat) => this.disk(seat).store,
      scriptOf: (id) => this.scripts[id],
      healed: false,
    };
  }
}

function factList({ birth, subject: about, ...fact }: Told, at: number): Value {
  return entryList({
    at,
    subject: about ?? (birth === undefined ? 'controller' : subject.sub(birth)),
    ...fact,
  });
}

const policy = {
  maxRetries: 0,
  delaysMs: [],
  onUnknown: 'retry',
  maxLosses: 4,
  idleMs: 120_000,
} as const;

/** The record of a sub-transaction: birth 7, id x, queued, unless said otherwise. */
export function row(
  change: Partial<Omit<SubRow, 'context'>> & Partial<SubRow['context']> = {},
): SubRow {
  const {
    birth = 7,
    state = 'queued',
    id = 'x',
    job = null,
    generation = 0,
    lastFact = birth,
    ...context
  } = change;
  const begun = beginning({ birth, policy, at: 0 });
  return {
    birth, id, job, generation, state, lastFact, handler: 'work', acceptedAt: 0, term: 1,
    context: { ...begun, ...context },
  }; // prettier-ignore
}

/** The write of a record. */
export const sub = (change: Parameters<typeof row>[0] = {}): Writes => {
  const it = row(change);
  return { [key.sub(it.birth)]: listOf(it) };
};

/** A row of an agent that is present in its first boot, unless said otherwise. */
export const agentRow = (change: Partial<AgentRow> = {}): AgentRow => ({
  id: 'a1', storeId: 's-a1', boot: 1, bootId: 'b1', bootAt: 0, state: 'present', heldUntil: null, timeoutMs: 60_000, slots: 2,
  handlers: [], recorded: null, gap: false, draining: false, ...change,
}); // prettier-ignore

export const agent = (change: Partial<AgentRow> = {}): Writes => ({
  [key.agent(change.id ?? 'a1')]: agentRow(change) as unknown as Value,
});

const timing = { version: 1, periodMs: 10_000, delayMs: 2_000, timeoutMs: 60_000 };

/** A frame of the first boot of a1 on its first link. */
export const said = (change: Partial<AgentFrame> = {}): AgentFrame => ({
  v: 1, agent: 'a1', storeId: 's-a1', boot: 1, controllerId: 'c1', term: 1, link: 1, stamp: 0, timing: 1, seen: 0,
  deaf: false, beat: { slots: 2, running: 0, waiting: 0, lagMs: 0, leaving: false }, answers: [], progress: [],
  outbox: [], out: null, logs: [], ...change,
}); // prettier-ignore

/** A frame to the first boot of a1 on its first link. */
export const told = (change: Partial<ControllerFrame> = {}): ControllerFrame => ({
  v: 1, controllerId: 'c1', term: 1, agent: 'a1', storeId: 's-a1', boot: 1, link: 1, echo: null, timing, sent: 0,
  settled: 0, recorded: null, logs: [], missing: false, requests: [], ...change,
}); // prettier-ignore

/** An ending in an outbox: of birth 7, attempt 1, at the first place, done. */
export const ending = (change: Partial<OutboxEntry> = {}): OutboxEntry => ({
  place: { boot: 1, n: 1 }, after: null, birth: 7, attempt: 1, at: 0, startedAt: 0,
  ending: { kind: 'done', result: 'ok' }, logLength: 0, ...change,
}); // prettier-ignore

export const frame = <F>(of: F) => ({ kind: 'frame', frame: of }) as const;
