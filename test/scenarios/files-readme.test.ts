/**
 * The description of scenario files: each of its examples is played, and it has one of each word and names
 * every field.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXPECTATIONS } from '../../scenarios/format/expectations.ts';
import { ACTION_WORDS, ACTIONS, AGENT, WITH } from '../../scenarios/format/grammar.ts';
import { linesOf, singles, type AnyParts } from '../../scenarios/format/parts.ts';
import { readScenario } from '../../scenarios/format/read.ts';
import { playScenario } from '../../scenarios/play.ts';

const readme = readFileSync(new URL('../../scenarios/README.md', import.meta.url), 'utf8');

/** The examples, with what they leave out, and the line of each. */
const examples = [...readme.matchAll(/```scenario\n(.*?)```/gs)].map((found) => {
  const line = readme.slice(0, found.index).split('\n').length;
  const text = found[1]!;
  const isWhole = text.startsWith('lifeline scenario 1');
  return {
    line,
    text: isWhole ? text : `lifeline scenario 1\ntitle Example\nagent a1 a2 slots=2\n${text}end\n`,
  };
});

describe('the description of scenario files', () => {
  it.each(examples)('has an example in line $line that holds', async ({ line, text }) => {
    const scenario = readScenario(text, `README.md, example in line ${line}`);
    expect((await playScenario(scenario)).failure).toBeUndefined();
  });

  it('has an example of each word', () => {
    const words = new Set(
      examples.flatMap(({ text }) => text.split('\n').map((line) => line.trim().split(/ +/)[1])),
    );
    const missing = [...ACTION_WORDS, 'expect', 'never', 'converge'].filter(
      (word) => !words.has(word),
    );
    expect(missing).toEqual([]);
  });

  it('names every field', () => {
    const tables: readonly AnyParts[] = [
      WITH,
      AGENT,
      ...Object.values(ACTIONS),
      ...Object.values(EXPECTATIONS),
    ];
    const names = tables
      .flatMap((parts) => [parts, linesOf(parts)?.each ?? {}])
      .flatMap((parts) => [...singles(parts)].flatMap(({ part }) => part.name ?? []));
    expect([...new Set(names)].filter((name) => !readme.includes(`${name}=`))).toEqual([]);
  });
});
