/**
 * `lifeline retry ID`: gives a parked sub-transaction out again; of one that has ended it makes a new one
 * with the same work. On an idle directory it is decided and written down, and done by the next run.
 */
import type { SubRow } from '../actors/records.ts';
import { steer } from './steer.ts';
import type { Verb } from './verb.ts';

export const retry: Verb = {
  name: 'retry',
  arguments: '<id>',
  summary: 'give a parked sub-transaction out again, or do one that has ended once more',
  settings: [],
  options: [],
  run: (call) => steer(call, 'retry', sentence),
};

const sentence = ({ id, state }: SubRow, asked: string) =>
  id === asked
    ? `"${id}" is ${state}; the next \`lifeline run\` or \`lifeline ingest\` in this directory takes it up.`
    : `"${asked}" had ended; its work is ${state} anew as "${id}", and the next \`lifeline run\` or \`lifeline ingest\` in this directory takes it up.`;
