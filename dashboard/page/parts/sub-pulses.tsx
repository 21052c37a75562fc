/** The pulses of the present or last attempt: what its agent has told of it, and when. */
import type { SubTransactionView } from '../../../actors/views.ts';
import { shownDuration } from '../../../cli/shown.ts';
import { Facts } from './card.tsx';
import { Empty } from './nothing.tsx';
import { Ago, Instant } from './time.tsx';

export function Pulses({ sub }: { readonly sub: SubTransactionView }) {
  const attempt = sub.attempts.at(-1);
  if (!attempt) return <Empty>No agent has it yet, so there is no pulse.</Empty>;
  const { sentAt, receivedAt, startedAt, endedAt, ending } = attempt;
  const own = sub.history.filter((fact) => fact.attempt === attempt.attempt);
  const asked = own.filter(({ kind }) => kind === 'ask').length;
  const idle = own.filter(({ state, kind }) => kind === 'timeout' && state === 'idle').length;
  const later = (at: string | null) =>
    at === null ? null : (
      <>
        <Instant at={at} exact /> <span class="faint">{after(sentAt, at)}</span>
      </>
    );
  return (
    <Facts
      items={[
        ['Sent', <Instant at={sentAt} exact />],
        ['Received', later(receivedAt)],
        ['Started there', later(startedAt)],
        ...(ending === null
          ? ([
              [
                'Last told',
                sub.toldAt === null ? 'not yet: from the 10th second on' : <Ago at={sub.toldAt} />,
              ],
              [
                'Progress',
                sub.progress === null ? null : <code>{JSON.stringify(sub.progress)}</code>,
              ],
            ] as const)
          : ([[capital(ending), later(endedAt)]] as const)),
        ['Fell idle', idle === 0 ? 'never' : times(idle)],
        ['Asked again', asked === 0 ? 'never' : times(asked)],
      ]}
    />
  );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const times = (count: number) => (count === 1 ? 'once' : `${count} times`);

/** An agent tells by its own clock, which may be behind. */
function after(from: string, at: string): string {
  const ms = Date.parse(at) - Date.parse(from);
  return ms < 0 ? '' : `after ${shownDuration(ms)}`;
}
