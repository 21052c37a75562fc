/** `lifeline explain ID`: why each attempt of a sub-transaction happened, or what a job has been through, and what it waits for. */
import type { Sentence } from '../actors/explain.ts';
import { parseId } from '../transport/ids.ts';
import type { Api } from './api-client.ts';
import { exitCodes } from './failure.ts';
import { jsonDocument } from './json.ts';
import { asking } from './reach.ts';
import { harmless } from './screen.ts';
import { reachSettings } from './settings.ts';
import type { Verb } from './verb.ts';

export const explain: Verb = {
  name: 'explain',
  arguments: '<id>',
  summary: 'why each attempt of a sub-transaction happened, and what it (or a job) waits for',
  settings: reachSettings,
  options: [],
  async run(call) {
    const id = parseId(call.args[0]!, 'id');
    return asking(call, async ({ get }) => {
      const sentences = await sentencesOf(get, id);
      if (call.values.json) call.print(jsonDocument({ id, sentences }));
      else for (const line of explainLines(sentences)) call.print(line);
      return exitCodes.done;
    });
  },
};

/** Of the sub-transaction of that name, else of the job. */
async function sentencesOf(get: Api['get'], id: string): Promise<readonly Sentence[]> {
  const of = (kind: string) =>
    get<{ readonly items: readonly Sentence[] }>(`/api/v1/${kind}/${id}/explain`);
  try {
    return (await of('sub-transactions')).items;
  } catch (error) {
    const job = await of('jobs').catch(() => undefined);
    if (job === undefined) throw error;
    return job.items;
  }
}

export const explainLines = (sentences: readonly Sentence[]): readonly string[] =>
  sentences.map(({ at, text }) => `${at}  ${harmless(text)}`);
