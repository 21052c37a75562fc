/**
 * `lifeline retry ID`: gives a parked sub-transaction out again; of one that has ended it makes a new one
 * with the same work. On an idle directory it is decided and written down, and done by the next run.
 */
import { NEXT_RUN, steeringVerb, type Decided } from './steer.ts';

export const retry = steeringVerb(
  'retry',
  'give a parked sub-transaction out again, or do one that has ended once more',
  ({ id, state, asked, isLive }: Decided) => {
    const next = isLive ? '' : `${id === asked ? ';' : ', and'} ${NEXT_RUN} takes it up`;
    return id === asked
      ? `"${id}" is ${state}${next}.`
      : `"${asked}" had ended; its work is ${state} anew as "${id}"${next}.`;
  },
);
