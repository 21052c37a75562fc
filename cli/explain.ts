/** `lifeline explain ID`: why each attempt of a sub-transaction happened, and what it waits for now. */
import type { Sentence } from '../actors/explain.ts';
import { parseId } from '../transport/ids.ts';
import { exitCodes } from './failure.ts';
import { jsonDocument } from './json.ts';
import { asking } from './reach.ts';
import { harmless } from './screen.ts';
import { reachSettings } from './settings.ts';
import type { Verb } from './verb.ts';

export const explain: Verb = {
  name: 'explain',
  arguments: '<id>',
  summary: 'why each attempt of a sub-transaction happened, and what it waits for',
  settings: reachSettings,
  options: [],
  async run(call) {
    const id = parseId(call.args[0]!, 'id');
    return asking(call, async ({ get }) => {
      const { items: sentences } = await get<{ readonly items: readonly Sentence[] }>(
        `/api/v1/sub-transactions/${id}/explain`,
      );
      if (call.values.json) call.print(jsonDocument({ id, sentences }));
      else for (const line of explainLines(sentences)) call.print(line);
      return exitCodes.done;
    });
  },
};

export const explainLines = (sentences: readonly Sentence[]): readonly string[] =>
  sentences.map(({ at, text }) => `${at}  ${harmless(text)}`);
