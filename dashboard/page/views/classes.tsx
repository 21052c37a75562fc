/** The process classes: which agents they have, how much they run at once, by which timing, and what holds them up. */
import type { MemberView, ProcessClassView } from '../../../actors/obstacles.ts';
import { counted, shownCount, shownDuration } from '../../../cli/shown.ts';
import { useLive } from '../live.ts';
import { AgentLink } from '../parts/agent-parts.tsx';
import { Card, Facts } from '../parts/card.tsx';
import { Chip, ConnectionChip } from '../parts/chip.tsx';
import { isGrave } from '../parts/job-parts.tsx';
import { Head } from '../parts/head.tsx';
import { Icon } from '../parts/icon.tsx';
import { Shown } from '../parts/nothing.tsx';
import { Until } from '../parts/time.tsx';
import '../styles/lists.css';

interface ClassPage {
  readonly items: readonly ProcessClassView[];
}

/** Members that are named one by one. */
const MOST_NAMED = 30;

export function Classes() {
  const live = useLive<ClassPage>('process-classes', {
    about: ({ about, kind }) => about === 'agent' || kind === 'controller.classes',
    everyMs: 3_000,
  });
  return (
    <>
      <Head title="Process classes" lead={live.data && sentenceOn(live.data.items)} />
      <Shown live={live}>
        {({ items }) => (
          <div class="stack">
            {items.map((one) => (
              <OneClass key={one.name} of={one} />
            ))}
            <p class="faint">
              They are laid down in a file: <code>lifeline config apply FILE</code>; work says which
              one it is of, else its job, else its handler, else it is of <code>default</code>.
            </p>
          </div>
        )}
      </Shown>
    </>
  );
}

function OneClass({ of }: { readonly of: ProcessClassView }) {
  const { name, select, maxProcesses, running, waiting, obstacle, hasTiming } = of;
  return (
    <Card
      title={name}
      note={running === null ? 'as it is on record' : `${shownCount(running)} running, ${shownCount(waiting ?? 0)} queued`}
    >
      <div class="stack">
        {obstacle && (
          <p class={isGrave(obstacle) ? 'obstacle grave' : 'obstacle'}>
            <Icon name={isGrave(obstacle) ? 'warns' : 'waits'} size={12} /> What is queued waits: {obstacle.text}.
          </p>
        )}
        <div class="grid thirds">
          <Facts
            items={[
              ['Agent is', select === 'first' ? 'the first that is free, in this order' : 'each in turn'],
              ['At once', maxProcesses === null ? 'no limit' : counted(maxProcesses, 'task')],
              ['Waits for an agent', of.waitMs === null ? 'as long as it takes' : `${shownDuration(of.waitMs)}, then it fails`],
              ['Agent that could not take work', of.restMs === 0 ? 'is tried again at once' : `rests ${shownDuration(of.restMs)}`],
            ]}
          />
          <Facts
            items={[
              ['Beats every', shownDuration(of.periodMs)],
              ['Suspect after', shownDuration(of.periodMs + of.delayMs)],
              ['Lost after', shownDuration(of.timeoutMs)],
              ['Timing', hasTiming ? 'its own' : 'that of the controller'],
            ]}
          />
          <div>
            <h3 class="faint">{of.isOfAll ? 'All agents' : counted(of.agents.length, 'agent')}</h3>
            <Members agents={of.agents} />
          </div>
        </div>
      </div>
    </Card>
  );
} // prettier-ignore

function Members({ agents }: { readonly agents: readonly MemberView[] }) {
  if (agents.length === 0) return <p class="muted">There is none: its work waits, or fails.</p>;
  return (
    <ul class="members">
      {agents.slice(0, MOST_NAMED).map(({ id, address, state, restingUntil }) => (
        <li key={`${id} ${address}`}>
          {id === null ? (
            <Chip tone="warn" icon="asks">
              nobody has the address {address}
            </Chip>
          ) : (
            <>
              <AgentLink id={id} />{' '}
              {state !== 'connected' && state !== 'reconciled' && <ConnectionChip state={state} />}
            </>
          )}
          {restingUntil !== null && (
            <span class="muted">
              {' '}
              rests, tried again <Until at={restingUntil} />
            </span>
          )}
        </li>
      ))}
      {agents.length > MOST_NAMED && <li class="faint">and {agents.length - MOST_NAMED} more</li>}
    </ul>
  );
}

function sentenceOn(classes: readonly ProcessClassView[]): string {
  const held = classes.filter(({ obstacle }) => obstacle !== null && isGrave(obstacle)).length;
  const all = `${counted(classes.length, 'class', 'classes')} of agents`;
  return held === 0
    ? `${all}: which agents run which work, and by which timing.`
    : `${all}; something stands in the way of ${held}.`;
}
