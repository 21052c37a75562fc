/**
 * One sub-transaction: where it is and why, what each attempt came to, and what was said between the nodes.
 *
 *   head: its present state in a sentence, the actions          decision, when a person is asked
 *   statechart, the present state lit, the way it came │ why, sentence by sentence
 *   record │ pulses                                    │ result or failure, attempts with causes
 *   lanes of messages
 *   log that follows                                   │ steps, input
 */
import { Link } from 'wouter-preact';
import type { Sentence } from '../../../actors/explain.ts';
import type { MessagePage } from '../../../actors/messages.ts';
import type { FactView, SubTransactionView } from '../../../actors/views.ts';
import type { MachineView } from '../../server/machines.ts';
import { useLive, type Live } from '../live.ts';
import { Card } from '../parts/card.tsx';
import { Chart } from '../parts/chart.tsx';
import { SubChip } from '../parts/chip.tsx';
import { Head } from '../parts/head.tsx';
import { Lanes } from '../parts/lanes.tsx';
import { Shown } from '../parts/nothing.tsx';
import { Sentences } from '../parts/sentences.tsx';
import { Decide, SubActions } from '../parts/sub-actions.tsx';
import { Attempts } from '../parts/sub-attempts.tsx';
import { SubLog } from '../parts/sub-log.tsx';
import { Pulses } from '../parts/sub-pulses.tsx';
import { Steps, SubRecord } from '../parts/sub-record.tsx';
import { Timed } from '../parts/time.tsx';
import { Value } from '../parts/value.tsx';
import type { ViewProps } from '../routes.ts';
import '../styles/sub.css';

/** While it is out its progress changes without a fact. */
const EVERY_MS = 2_000;
/** Facts whose messages are drawn: of a long story, its end. */
const MESSAGES = 60;

export function SubTransaction({ name }: ViewProps) {
  const path = `sub-transactions/${encodeURIComponent(name)}`;
  const isIts = ({ id }: FactView) => id === name;
  // What befalls its agents meanwhile is told, too.
  const isNear = (fact: FactView) => isIts(fact) || (fact.about === 'agent' && fact.state !== null);
  const live = useLive<SubTransactionView>(path, { about: isIts, everyMs: EVERY_MS });
  const said = useLive<{ readonly items: readonly Sentence[] }>(`${path}/explain`, {
    about: isNear,
  });
  const sub = live.data;
  return (
    <>
      <Head
        kicker={<Kicker sub={sub} />}
        title={name}
        chips={sub && <SubChip state={sub.state} />}
        lead={
          sub?.decision ? (
            'It waits for a person.'
          ) : (
            <Timed text={said.data?.items.at(-1)?.text ?? ''} />
          )
        }
        actions={sub && <SubActions sub={sub} again={live.again} />}
      />
      <Shown live={live}>
        {(shown) => (
          <Parts sub={shown} path={path} said={said} isNear={isNear} again={live.again} />
        )}
      </Shown>
    </>
  );
}

function Kicker({ sub }: { readonly sub: SubTransactionView | undefined }) {
  if (!sub?.job) return <Link href="/sub-transactions">Work</Link>;
  return (
    <>
      <Link href={`/jobs/${encodeURIComponent(sub.job)}`}>{sub.job}</Link>
      {sub.generation > 1 && `, run ${sub.generation}`}
    </>
  );
}

interface PartsProps {
  readonly sub: SubTransactionView;
  readonly path: string;
  readonly said: Live<{ readonly items: readonly Sentence[] }>;
  readonly isNear: (fact: FactView) => boolean;
  readonly again: () => void;
}

function Parts({ sub, path, said, isNear, again }: PartsProps) {
  return (
    <div class="stack">
      <Decide sub={sub} again={again} />
      <div class="sub-top">
        <div class="stack">
          <Card
            title="Statechart"
            note="the present state is lit; thick arrows: the way it came"
            isFlush
          >
            <LitChart sub={sub} />
          </Card>
          <div class="sub-pair">
            <Card title="Record">
              <SubRecord sub={sub} />
            </Card>
            <Card title="Pulses" note={sub.attempt > 0 ? `of attempt ${sub.attempt}` : undefined}>
              <Pulses sub={sub} />
            </Card>
          </div>
        </div>
        <div class="stack">
          <Card title="Why it is where it is">
            <Sentences live={said} />
          </Card>
          <Outcome sub={sub} />
          <Card title="Attempts" note={sub.attempts.length > 1 ? 'the newest first' : undefined}>
            <Attempts items={sub.attempts} />
          </Card>
        </div>
      </div>
      <Card title="Messages between nodes" note="as the journal tells them" isFlush>
        <Messages path={path} isNear={isNear} id={sub.id} />
      </Card>
      <div class="grid">
        <Card title="Log" isFlush>
          <SubLog id={sub.id} attempts={sub.attempts.length} />
        </Card>
        <div class="stack">
          {sub.steps.length > 0 && (
            <Card title="Steps" note="each is done at most once" isFlush>
              <Steps items={sub.steps} />
            </Card>
          )}
          <Card title="Input">
            <Value value={sub.input} label="Input" />
          </Card>
        </div>
      </div>
    </div>
  );
}

function LitChart({ sub }: { readonly sub: SubTransactionView }) {
  const machine = useLive<MachineView>('machines/subTransaction', { about: () => false });
  const walked = sub.history.flatMap(({ state }) => (state === null ? [] : [state]));
  return (
    <Shown live={machine}>
      {({ definition }) => (
        <Chart
          definition={definition}
          lit={sub.state}
          walked={walked}
          label={`Statechart of ${sub.id}: it is ${sub.state}`}
        />
      )}
    </Shown>
  );
}

function Messages({
  path,
  isNear,
  id,
}: Pick<PartsProps, 'path' | 'isNear'> & { readonly id: string }) {
  const live = useLive<MessagePage>(`${path}/messages?limit=${MESSAGES}&newest=true`, {
    about: isNear,
  });
  return (
    <Shown live={live}>
      {({ lanes, items, before }) => (
        <>
          {before > 0 && (
            <p class="lanes-before faint">
              The end of the story: {before.toLocaleString('en-US')} facts before these are in the{' '}
              <Link href={`/history?subject=${encodeURIComponent(id)}`}>history</Link>.
            </p>
          )}
          <Lanes lanes={lanes} items={items} label={`Messages about ${id}`} />
        </>
      )}
    </Shown>
  );
}

function Outcome({ sub }: { readonly sub: SubTransactionView }) {
  const { failure, result, state } = sub;
  if (failure !== null) {
    return (
      <Card title={state === 'cancelled' ? 'Cancelled' : 'Failure'} note={failure.cause}>
        <p class="outcome-message">{failure.message}</p>
        {failure.detail !== null && <Value value={failure.detail} label="Detail of the failure" />}
      </Card>
    );
  }
  if (state !== 'done') return null;
  return (
    <Card title="Result">
      <Value value={result} label="Result" />
    </Card>
  );
}
