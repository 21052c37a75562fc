/**
 * A scenario: a world, what happens to it, and what is expected of it meanwhile. As data; a file of the
 * folder scripted/ or recorded/ spells it, README.md says how.
 *
 *   setting + actions (a plan) + expectations ──▶ play.ts ──▶ holds, or what did not at which line
 */
import type { Value } from '../handlers/handler.ts';
import type { Action, Setting } from './plan.ts';

/** What an expectation looks at: `client` counts the answers to what people asked. */
export type Subject = 'work' | 'job' | 'agent' | 'controller' | 'client';

/** What is to be so, of whom, and when. */
export interface Expectation {
  readonly of: Subject;
  /** Id of the work or agent, or name of the job; `controller` or `client` else. */
  readonly name: string;
  /** Field → what it must be; see format/expectations.ts. */
  readonly wants: Readonly<Record<string, Value>>;
  /**
   * `now`: it is so. `within`: it becomes so, at once or later. `for`: it is so all the time. `never`: it is
   * not so at any time.
   */
  readonly when: 'now' | 'within' | 'for' | 'never';
  /** How long it is looked at; undefined with `now`, and with `never` until the end of the file. */
  readonly lastsMs?: number;
}

/** What one step of a scenario does or expects. */
export type Happening =
  | { readonly do: 'act'; readonly action: Action }
  | { readonly do: 'expect'; readonly expectation: Expectation }
  /** Everything comes to rest within that time, with nothing left over, and all checkers agree. */
  | { readonly do: 'converge'; readonly withinMs: number };

/** A step with its instant and its line. */
export type ScenarioStep = Happening & {
  /** Ms from the start of the world. */
  readonly atMs: number;
  /** Line of the file, from 1. */
  readonly line: number;
};

/** A world, what happens to it, and what is expected of it. */
export interface Scenario {
  /** Of the file, for messages. */
  readonly file: string;
  readonly title: string;
  /** Where the story is from. */
  readonly source?: string;
  /** The checker that found something here once. */
  readonly find?: string;
  readonly setting: Setting;
  /** In order of time. */
  readonly steps: readonly ScenarioStep[];
}
