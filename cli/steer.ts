/**
 * What a person decides about one sub-transaction: asked of the controller at work, which takes it up; of an
 * idle directory it is written down, and waits in the store for the next one.
 */
import type { SubTransactionSummary } from '../actors/views.ts';
import { parseId } from '../transport/ids.ts';
import type { Api } from './api-client.ts';
import { exitCodes } from './failure.ts';
import { jsonDocument } from './json.ts';
import { asking } from './reach.ts';
import { reachSettings } from './settings.ts';
import type { Verb } from './verb.ts';

/** What is told about it once it is recorded. */
export interface Decided {
  readonly id: string;
  readonly state: SubTransactionSummary['state'];
  /** The id that was typed. */
  readonly asked: string;
  /** A controller is at work. */
  readonly isLive: boolean;
}

export const steeringVerb = (
  name: 'retry' | 'cancel' | 'accept' | 'give-up',
  summary: string,
  sentence: (decided: Decided) => string,
): Verb => ({
  name,
  arguments: '<id>',
  summary,
  settings: reachSettings,
  options: [],
  async run(call) {
    const asked = parseId(call.args[0]!, 'id');
    const decide = async ({ post, isLive }: Api) => {
      const summary = await post<SubTransactionSummary>(
        `/api/v1/sub-transactions/${asked}/${name}`,
      );
      call.print(
        call.values.json ? jsonDocument(summary) : sentence({ ...summary, asked, isLive }),
      );
      return exitCodes.done;
    };
    return asking(call, decide, { decides: true });
  },
});

/** Who takes up what is written down for an idle directory. */
export const NEXT_RUN = 'the next `lifeline run` or `lifeline ingest` in this directory';
