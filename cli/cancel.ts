/** `lifeline cancel ID`: a sub-transaction that has not ended never begins again. */
import type { SubRow } from '../actors/records.ts';
import { steer } from './steer.ts';
import type { Verb } from './verb.ts';

export const cancel: Verb = {
  name: 'cancel',
  arguments: '<id>',
  summary: 'end a sub-transaction that has not ended',
  settings: [],
  options: [],
  run: (call) => steer(call, 'cancel', sentence),
};

function sentence({ id, state }: SubRow): string {
  if (state === 'cancelled') return `"${id}" is cancelled.`;
  if (state === 'cancelling') {
    return `"${id}" is being cancelled: its agent confirms it with the next \`lifeline run\` or \`lifeline ingest\` in this directory.`;
  }
  return `"${id}" had ended before: it is ${state}.`;
}
