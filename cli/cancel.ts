/** `lifeline cancel ID`: a sub-transaction that has not ended never begins again. */
import { NEXT_RUN, steeringVerb, type Decided } from './steer.ts';

export const cancel = steeringVerb(
  'cancel',
  'end a sub-transaction that has not ended',
  ({ id, state, isLive }: Decided) => {
    if (state === 'cancelled') return `"${id}" is cancelled.`;
    if (state === 'cancelling') {
      const confirmed = isLive ? 'ends it' : `confirms it with ${NEXT_RUN}`;
      return `"${id}" is being cancelled: its agent ${confirmed}.`;
    }
    return `"${id}" had ended before: it is ${state}.`;
  },
);
