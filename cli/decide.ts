/**
 * `lifeline accept ID` and `lifeline give-up ID`: a person decides what a parked sub-transaction counts as,
 * since nobody knows how it ended.
 */
import { steer } from './steer.ts';
import type { Verb } from './verb.ts';

export const accept: Verb = {
  name: 'accept',
  arguments: '<id>',
  summary: 'count a parked sub-transaction as done',
  settings: [],
  options: [],
  run: (call) => steer(call, 'accept', ({ id }) => `"${id}" counts as done.`),
};

export const giveUp: Verb = {
  name: 'give-up',
  arguments: '<id>',
  summary: 'count a parked sub-transaction as failed',
  settings: [],
  options: [],
  run: (call) => steer(call, 'give-up', ({ id }) => `"${id}" counts as failed.`),
};
