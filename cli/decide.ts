/**
 * `lifeline accept ID` and `lifeline give-up ID`: a person decides what a parked sub-transaction counts as,
 * since nobody knows how it ended.
 */
import { steeringVerb } from './steer.ts';

export const accept = steeringVerb(
  'accept',
  'count a parked sub-transaction as done',
  ({ id }) => `"${id}" counts as done.`,
);

export const giveUp = steeringVerb(
  'give-up',
  'count a parked sub-transaction as failed',
  ({ id }) => `"${id}" counts as failed.`,
);
