/**
 * The configurations of handlers: each change makes a version, and all versions are kept.
 *
 *   handler/<name>              number of the newest version
 *   handler-version/<name>/<n>  { version, entry, at, by, config }     config null: taken away
 *
 *   work of a run      the version that was newest when the run began
 *   any other work     the newest when it is accepted; later attempts keep it
 *
 * A run needs to remember nothing but the place in the journal where it began: a version knows that of its own.
 */
import type { Policy } from '../handlers/handler.ts';
import type { Value } from '../store/store.ts';
import { encodedBytes } from '../transport/msgpack.ts';
import type { Properties } from './assignment.ts';
import type { Item } from './commands.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { Ground } from './ground.ts';
import { policyIn, type HandlerConfig } from './handler-config.ts';
import { key, subject, under } from './records.ts';
import { Refused } from './refused.ts';

/** One version of the configuration of a handler. */
export interface HandlerVersionRow {
  readonly version: number;
  /** Number of the fact that tells of it. */
  readonly entry: number;
  readonly at: number;
  readonly by: string;
  /** Null: taken away, the code alone says. */
  readonly config: HandlerConfig | null;
}

/** The last answer for a handler: work comes in batches of the same kind. */
interface Answered {
  readonly row: HandlerVersionRow;
  readonly policy: Policy;
  readonly wish: Partial<Policy> | undefined;
  readonly answer: Policy;
}

export class HandlerConfigs implements Remembering {
  readonly #ground: Ground;
  /** Versions of the handlers that were asked for, oldest first. */
  readonly #read = new Map<string, readonly HandlerVersionRow[]>();
  readonly #answered = new Map<string, Answered>();
  readonly #properties = new WeakMap<HandlerVersionRow, Properties>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /**
   * Makes a version. @param after the version that it changes; null: whatever there is
   * @throws {Refused} `outOfStep` when another one is the newest
   */
  set(name: string, config: HandlerConfig, after: number | null, by: string): HandlerVersionRow {
    const newest = this.#versions(name).at(-1)?.version ?? 0;
    if (after !== null && after !== newest) {
      throw new Refused(
        'outOfStep',
        `The configuration of handler "${name}" is at version ${newest}, not ${after}: look at it and set it again.`,
      );
    }
    return this.#add(name, config, by);
  }

  /** Takes the configuration away. @throws {Refused} `unknown` when there is none */
  remove(name: string, by: string): HandlerVersionRow {
    if (!this.#versions(name).at(-1)?.config) throw noConfig(name);
    return this.#add(name, null, by);
  }

  /**
   * How work is tried: as somebody said with it, else as configured, else as the code says.
   * @param began where in the journal its run began; null: it belongs to none
   */
  policyOf({ handler, policy, wish }: Item, began: number | null): Policy {
    const row = this.#versionAt(handler, began);
    if (!row?.config) return policy;
    const before = this.#answered.get(handler);
    if (before?.row === row && before.policy === policy && before.wish === wish)
      return before.answer;
    const answer = { ...policy, ...policyIn(row.config), ...wish, version: row.version };
    this.#answered.set(handler, { row, policy, wish, answer });
    return answer;
  }

  /** The process class that a handler is configured to run in. @param began as for `policyOf` */
  classOf(handler: string, began: number | null): string | undefined {
    return this.#versionAt(handler, began)?.config?.processClass;
  }

  /** What that version gives to the work; undefined: nothing. */
  propertiesOf(handler: string, version: number): Properties | undefined {
    const row = this.#versions(handler)[version - 1];
    const value = row?.config?.properties;
    if (row === undefined || value === undefined) return undefined;
    const known = this.#properties.get(row) ?? { value, bytes: encodedBytes(value) };
    this.#properties.set(row, known);
    return known;
  }

  /** Whatever is here may be read back. */
  remember(_memory: Memory): void {
    this.#read.clear();
    this.#answered.clear();
  }

  #add(name: string, config: HandlerConfig | null, by: string): HandlerVersionRow {
    const { turn } = this.#ground.loop;
    const before = this.#versions(name);
    const version = before.length + 1;
    const kind = config ? 'handler.set' : 'handler.removed';
    const fact = { subject: subject.controller, kind, by, detail: { handler: name, version } };
    const row = { version, entry: this.#ground.record(fact), at: turn.at, by, config };
    turn.put(key.handler(name), version);
    turn.put(key.handlerVersion(name, version), row as unknown as Value);
    this.#read.set(name, [...before, row]);
    return row;
  }

  #versionAt(handler: string, began: number | null): HandlerVersionRow | undefined {
    const versions = this.#versions(handler);
    if (versions.length === 0 || began === null) return versions.at(-1);
    return versions.findLast(({ entry }) => entry < began);
  }

  #versions(name: string): readonly HandlerVersionRow[] {
    const known = this.#read.get(name);
    if (known) return known;
    const rows = [...this.#ground.loop.turn.range(under(`handler-version/${name}`))];
    const versions = rows.map(([, value]) => value as unknown as HandlerVersionRow);
    this.#read.set(name, versions);
    return versions;
  }
}

export const noConfig = (name: string): Refused =>
  new Refused(
    'unknown',
    `The handler "${name}" has no configuration; \`lifeline handler list\` shows those that have one.`,
  );
