/**
 * Reads a scenario file: text in, a scenario out, or one sentence with the line that is wrong.
 *
 *   lifeline scenario 1 ─▶ title, source, find, with, agent … ─▶ TIME word … ─▶ end
 *                                    the world                  what happens
 */
import type { Action, AgentSetting, NamedScript, Setting } from '../plan.ts';
import type { Expectation, Happening, Scenario, ScenarioStep, Subject } from '../scenario.ts';
import { durationMs } from './duration.ts';
import { CONVERGE, EXPECTATIONS, SPANS } from './expectations.ts';
import { ACTION_WORDS, ACTIONS, actionOf, AGENT, WITH, type WrittenWorld } from './grammar.ts';
import { linesOf, type AnyParts } from './parts.ts';
import { checkVersion, noSuch, ScenarioError } from './problem.ts';
import { readParts, type Place } from './read-parts.ts';
import { tokensOf, type Token } from './tokens.ts';
import { checkConfig, type ControllerSettings } from '../../actors/controller-config.ts';
import { InvalidSetting } from '../../machines/timing.ts';
import type { Value } from '../../handlers/handler.ts';

const HEADER_WORDS = ['title', 'source', 'find', 'with', 'agent', 'end'] as const;
const STEP_WORDS = [...ACTION_WORDS, 'expect', 'never', 'converge'];

/**
 * @param text the whole file
 * @param file its name, for messages
 * @throws {ScenarioError} the first thing that is wrong
 */
export function readScenario(text: string, file: string): Scenario {
  const lines = text.split(/\r?\n/);
  checkVersion(file, lines[0]);
  const reader = new Reader(file);
  for (const [i, line] of lines.entries()) if (i > 0) reader.read(line, i + 1);
  return reader.end();
}

class Reader implements Place {
  readonly #file: string;
  #line = 1;
  readonly #head = new Map<string, string>();
  readonly #world: Record<string, unknown> = { settings: {} };
  /** What the controller has been started with by then. */
  #inForce: ControllerSettings = {};
  readonly #agents: AgentSetting[] = [];
  readonly #steps: ScenarioStep[] = [];
  /** What names have been given to. */
  readonly #names = new Map<string, Subject>([
    ['controller', 'controller'],
    ['client', 'client'],
  ]);
  /** The lines that may follow the last one, and where they go. */
  #list: { readonly word: string; readonly each: AnyParts; readonly into: unknown[] } | undefined;
  #spansEndAtMs = 0;
  #hasEnded = false;

  constructor(file: string) {
    this.#file = file;
  }

  problem(sentence: string, line = this.#line): ScenarioError {
    return new ScenarioError(this.#file, line, sentence);
  }

  checkName(names: 'agent' | 'link' | 'seat', name: string): void {
    const others = { agent: [], link: ['*'], seat: ['controller', 'rival', 'twin'] }[names];
    const known = [...this.#agents.map(({ id }) => id), ...others];
    if (!known.includes(name)) {
      throw this.problem(noSuch(names === 'seat' ? 'seat' : 'agent', name, known));
    }
  }

  read(text: string, line: number): void {
    this.#line = line;
    const [, head, rest] = /^(title|source)(?:\s+(.*?))?\s*$/.exec(text) ?? [];
    if (head !== undefined && !this.#hasEnded) return this.#setHead(head, rest);
    const tokens = tokensOf(text);
    if (!tokens) throw this.problem('A quote or a bracket is not closed in this line.');
    const [first, ...others] = tokens;
    if (!first) return;
    if (this.#hasEnded) throw this.problem('Nothing may follow "end": take this line out.');
    if (first.name === undefined && first.text === this.#list?.word) return this.#addLine(others);
    const atMs = first.name === undefined ? durationMs(first.text) : undefined;
    if (atMs === undefined) this.#readHeader(first, others);
    else this.#readStep(atMs, others);
  }

  /** @throws {ScenarioError} when the file is not whole */
  end(): Scenario {
    if (!this.#hasEnded) {
      throw this.problem(
        'The file ends without "end": it has been cut off, or the line is missing.',
      );
    }
    const { seed = 1, settings, ...world } = this.#world as unknown as WrittenWorld;
    const setting: Setting = { seed, agents: this.#agents, settings, ...world };
    const title = this.#head.get('title');
    if (title === undefined) throw this.problem('A scenario needs a "title" line.', 1);
    const source = this.#head.get('source');
    const find = this.#head.get('find');
    return {
      file: this.#file,
      title,
      ...(source !== undefined && { source }),
      ...(find !== undefined && { find }),
      setting,
      steps: this.#steps,
    };
  }

  #setHead(word: string, text: string | undefined): void {
    if (!text) throw this.problem(`${word} needs a text behind it.`);
    if (this.#head.has(word)) throw this.problem(`There is a "${word}" line already.`);
    this.#head.set(word, text);
  }

  #readHeader(first: Token, others: readonly Token[]): void {
    const word = HEADER_WORDS.find((each) => each === first.text);
    if (first.name !== undefined || word === undefined) throw this.#noWord(first);
    this.#list = undefined;
    if (word === 'end') {
      if (others.length > 0) throw this.problem('Nothing may follow "end".');
      this.#hasEnded = true;
      return;
    }
    if (this.#steps.length > 0) throw this.problem(`${word} must stand before the first step.`);
    if (word === 'with') this.#readWith(others);
    else if (word === 'agent') this.#readAgents(others);
    else this.#setHead(word, others.length === 1 ? others[0]!.text : undefined);
  }

  #noWord({ name, text }: Token): ScenarioError {
    const word = name === undefined ? text : `${name}=${text}`;
    if (STEP_WORDS.includes(word)) {
      return this.problem(`${word} needs a time before it, such as "5s ${word}".`);
    }
    if (word === 'item') return this.problem('An item must stand below its job.');
    if (/^[-+\d]/.test(word)) {
      return this.problem(`${word} is no time: write it as 500ms, 5s or 2m.`);
    }
    return this.problem(noSuch('word', word, [...HEADER_WORDS, ...STEP_WORDS]));
  }

  #readWith(tokens: readonly Token[]): void {
    const { settings, ...world } = readParts('with', WITH, tokens, this) as Partial<WrittenWorld>;
    for (const [all, some] of [
      [this.#world, world],
      [this.#world.settings as Record<string, unknown>, settings],
    ] as const) {
      for (const [key, value] of Object.entries(some ?? {})) {
        if (key in all) throw this.problem('An earlier line says that already.');
        all[key] = value;
      }
    }
    this.#checkSettings(settings ?? {});
  }

  /** A controller would refuse to start with settings that make no sense. */
  #checkSettings(changed: ControllerSettings): void {
    try {
      this.#inForce = { ...this.#inForce, ...changed };
      checkConfig(this.#inForce);
    } catch (error) {
      if (!(error instanceof InvalidSetting)) throw error;
      throw this.problem(error.message);
    }
  }

  #readAgents(tokens: readonly Token[]): void {
    const names = tokens.filter(({ name }) => name === undefined);
    const fields = readParts(
      'agent',
      AGENT,
      tokens.filter((token) => !names.includes(token)),
      this,
    );
    if (names.length === 0) throw this.problem('agent needs the name of one agent or more.');
    for (const { text } of names) {
      this.#introduce(text, 'agent');
      if (text === 'rival' || text === 'twin') {
        throw this.problem(`An agent cannot be called ${text}: that is a seat of its own.`);
      }
      this.#agents.push({ id: text, ...fields });
    }
  }

  #introduce(name: string, as: Subject): void {
    const known = this.#names.get(name);
    if (known !== undefined && known !== as) {
      throw this.problem(`${name} is the name of something else already: give another one.`);
    }
    if (known === 'agent') throw this.problem(`There is an agent ${name} already.`);
    this.#names.set(name, as);
  }

  #readStep(atMs: number, [word, ...tokens]: readonly Token[]): void {
    if (atMs < 0) throw this.problem('Times count from the start: none is below 0s.');
    const beforeMs = this.#steps.at(-1)?.atMs ?? 0;
    if (atMs < beforeMs) throw this.problem('Time goes back here: put this line further up.');
    if (!word) throw this.problem('A word is missing behind the time.');
    this.#list = undefined;
    if (this.#steps.at(-1)?.do === 'converge') {
      throw this.problem('converge must be the last step: put this line before it.');
    }
    const happening = this.#happening(word, tokens);
    if (happening.do === 'converge' && atMs < this.#spansEndAtMs) {
      throw this.problem('What is expected before must be over when everything converges.');
    }
    if (happening.do === 'expect') {
      const endAtMs = atMs + (happening.expectation.lastsMs ?? 0);
      this.#spansEndAtMs = Math.max(this.#spansEndAtMs, endAtMs);
    }
    this.#steps.push({ atMs, line: this.#line, ...happening });
  }

  #happening({ name, text: word }: Token, tokens: readonly Token[]): Happening {
    if (name !== undefined) throw this.problem(`A word is missing before ${name}=.`);
    if (word === 'expect' || word === 'never') {
      return { do: 'expect', expectation: this.#expectation(word, tokens) };
    }
    if (word === 'converge') {
      const { withinMs } = readParts(word, CONVERGE, tokens, this) as { withinMs: number };
      return { do: 'converge', withinMs };
    }
    const action = actionOf(word);
    if (action === undefined) throw this.problem(noSuch('word', word, STEP_WORDS));
    return { do: 'act', action: this.#action(action, word, tokens) };
  }

  #action(name: Action['do'], word: string, tokens: readonly Token[]): Action {
    const parts: AnyParts = ACTIONS[name];
    const action = { do: name, ...readParts(word, parts, tokens, this) } as unknown as Action;
    const list = linesOf(parts);
    if (list) {
      const into: unknown[] = [];
      this.#list = { ...list, into };
      Object.assign(action, { [list.key]: into });
    }
    if (action.do === 'retime' || action.do === 'classes') this.#checkSettings(action.settings);
    if (action.do === 'submit') this.#introduce(action.id, 'work');
    else if (action.do === 'job') this.#introduce(action.name, 'job');
    return action;
  }

  #addLine(tokens: readonly Token[]): void {
    const { word, each, into } = this.#list!;
    const item = readParts(word, each, tokens, this) as unknown as NamedScript;
    this.#introduce(item.id, 'work');
    into.push(item);
  }

  #expectation(word: 'expect' | 'never', [first, ...tokens]: readonly Token[]): Expectation {
    const name = first?.name === undefined ? first?.text : undefined;
    if (name === undefined) throw this.problem(`${word} needs the name of what it looks at.`);
    const of = this.#names.get(name);
    if (of === undefined) throw this.problem(noSuch('name', name, [...this.#names.keys()]));
    const parts = { ...EXPECTATIONS[of], ...SPANS[word] };
    const { within, lasts, ...wants } = readParts(`${word} ${name}`, parts, tokens, this) as {
      readonly within?: number;
      readonly lasts?: number;
    } & Record<string, Value>;
    if (Object.keys(wants).length === 0) {
      throw this.problem(`Say what is ${word === 'never' ? 'never so' : 'expected'} of ${name}.`);
    }
    if (within !== undefined && lasts !== undefined) {
      throw this.problem('Give within= (it becomes so) or for= (it is so all the time), not both.');
    }
    const lastsMs = within ?? lasts;
    const otherwise = lasts === undefined ? 'now' : 'for';
    const when = word === 'never' ? 'never' : within !== undefined ? 'within' : otherwise;
    return { of, name, wants, when, ...(lastsMs !== undefined && { lastsMs }) };
  }
}
