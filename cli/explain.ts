/** `lifeline explain ID`: why each attempt of a sub-transaction happened, and what it waits for now. */
import { explain as explainSub, type Sentence } from '../actors/explain.ts';
import { parseId } from '../transport/ids.ts';
import { openIdle } from './embedded.ts';
import { exitCodes } from './failure.ts';
import { jsonDocument } from './json.ts';
import { harmless } from './screen.ts';
import type { Verb } from './verb.ts';

export const explain: Verb = {
  name: 'explain',
  arguments: '<id>',
  summary: 'why each attempt of a sub-transaction happened, and what it waits for',
  settings: [],
  options: [],
  async run({ args, values, print }) {
    const id = parseId(args[0]!, 'id');
    const store = await openIdle(values.data);
    try {
      const sentences = explainSub(store, id);
      if (values.json) print(jsonDocument({ id, sentences }));
      else for (const line of explainLines(sentences)) print(line);
      return exitCodes.done;
    } finally {
      await store.close();
    }
  },
};

export const explainLines = (sentences: readonly Sentence[]): readonly string[] =>
  sentences.map(({ at, text }) => `${at}  ${harmless(text)}`);
