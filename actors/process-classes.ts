/**
 * The process classes of a controller: which there are, which one work is of, and what befell their agents.
 *
 *   of the job's rules, else of the handler's configuration, else `default` ─▶ its class
 *
 *   an agent fails to take work ─▶ it is passed over until restMs are over ─ it has taken some ─▶ as before
 *
 * What is configured is a row, and one plan with the timings that follow from it (timings.ts): both change in one
 * turn. Who rests is known in memory alone; a new term tries everybody.
 */
import { checkAddress, isAddress } from '../machines/agent-address.ts';
import {
  checkClasses,
  DEFAULT_CLASS,
  type Beats,
  type ClassOptions,
  type ClassSettings,
} from '../machines/class-settings.ts';
import { parseId } from '../transport/ids.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { Ground } from './ground.ts';
import { key, subject, type JobRow } from './records.ts';
import { Refused } from './refused.ts';
import { classesIn } from './timings.ts';

/** What the classes ask of the rest of the controller. */
export interface ClassHooks {
  /** The class in the configuration of a handler; undefined: it says none. */
  ofHandler(handler: string, run: JobRow | undefined): string | undefined;
  /** The present run of a job. */
  run(job: string): JobRow | undefined;
  /** Attempts of a class in progress. */
  running(name: string): number;
  /** Other timings are decided. */
  retimed(): void;
}

/** What came of a configuration. */
export interface Configured {
  readonly classes: readonly ClassSettings[];
  /** What whoever configures may want to know, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * The classes that somebody hands in, each thing in its one spelling.
 * @param timing of the controller
 * @throws {InvalidSetting} @throws {InvalidId} one sentence which says what to do
 */
export function checkedClasses(
  classes: readonly ClassOptions[],
  timing: Beats,
): readonly ClassSettings[] {
  const nameOf = (agent: string) =>
    isAddress(agent) ? checkAddress(agent) : parseId(agent, 'agent id');
  const spelled = classes.map(({ agents = 'all', ...one }) => ({
    ...one,
    name: parseId(one.name, 'process class'),
    agents: agents === 'all' ? agents : agents.map(nameOf),
  }));
  return checkClasses(spelled, timing);
}

export class ProcessClasses implements Remembering {
  readonly #ground: Ground;
  readonly #hooks: ClassHooks;
  /** Where the next selection begins, by class. */
  readonly #pointers = new Map<string, number>();
  /** When an agent failed to take work. */
  readonly #failedAt = new Map<string, number>();

  constructor(ground: Ground, hooks: ClassHooks) {
    this.#ground = ground;
    this.#hooks = hooks;
  }

  /** Takes up what is configured. */
  recover(): void {
    this.#ground.beginWith(classesIn(this.#ground.loop.turn));
  }

  /** All of them, `default` among them, in their order. */
  all(): readonly ClassSettings[] {
    return this.#ground.timings.plan.classes;
  }

  /** The class of that name; undefined: there is none (any more). */
  get(name: string): ClassSettings | undefined {
    return this.#ground.timings.classes.get(name);
  }

  /** The name of the class that work is of. */
  nameFor(job: string | null, handler: string): string {
    const run = job === null ? undefined : this.#hooks.run(job);
    return run?.rules.processClass ?? this.#hooks.ofHandler(handler, run) ?? DEFAULT_CLASS;
  }

  /** @throws {Refused} `unknown` when there is no class of that name */
  check(name: string): void {
    if (this.get(name)) return;
    const names = this.all().map((one) => one.name);
    throw new Refused(
      'unknown',
      `There is no process class "${name}", only ${names.join(', ')}; \`lifeline config show\` tells more.`,
    );
  }

  /** Replaces all classes: what waits is given out by the new ones, what runs is left alone. */
  configure(classes: readonly ClassSettings[], by: string): Configured {
    const before = this.all();
    const { turn } = this.#ground.loop;
    if (JSON.stringify(classesIn(turn)) === JSON.stringify(classes))
      return { classes: before, warnings: [] };
    const removed = before
      .map(({ name }) => name)
      .filter((name) => name !== DEFAULT_CLASS && !classes.some((one) => one.name === name));
    const full = classes.filter(
      ({ name, maxProcesses }) => this.#hooks.running(name) > maxProcesses,
    );
    const warnings = [
      ...full.map(
        ({ name, maxProcesses }) =>
          `Process class ${name} may run ${maxProcesses} tasks and has ${this.#hooks.running(name)}: they are left to end.`,
      ),
      ...removed.map(
        (name) =>
          `Process class ${name} is gone: work that names it waits until there is one again.`,
      ),
      ...classes
        .filter(({ agents }) => agents.length === 0)
        .map(({ name }) => `Process class ${name} has no agents: what waits in it fails.`),
    ];
    turn.put(key.classes, classes as never);
    const detail = { classes: classes as never, warnings };
    const fact = this.#ground.record({
      subject: subject.controller,
      kind: 'controller.classes',
      by,
      detail,
    });
    for (const warning of warnings) this.#ground.log('warn', { by }, warning);
    this.#ground.retime(fact, { classes });
    this.#hooks.retimed();
    return { classes: this.all(), warnings };
  }

  pointer(name: string): number {
    return this.#pointers.get(name) ?? 0;
  }

  /** The next selection of a class begins there. */
  point(name: string, pointer: number): void {
    this.#pointers.set(name, pointer);
  }

  /** An agent could not be given work. */
  failed(agent: string): void {
    this.#failedAt.set(agent, this.#ground.loop.turn.at);
  }

  /** An agent has taken work. */
  succeeded(agent: string): void {
    this.#failedAt.delete(agent);
  }

  /** Until when a class passes over an agent; null: it does not. */
  restingUntil({ restMs }: ClassSettings, agent: string): number | null {
    const failedAt = this.#failedAt.get(agent);
    return failedAt === undefined || restMs === 0 ? null : failedAt + restMs;
  }

  remember(memory: Memory): void {
    memory.fill('pointers', this.#pointers);
    memory.fill('failedAt', this.#failedAt);
  }
}
