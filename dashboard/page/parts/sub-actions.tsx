/** What a person can have done with a sub-transaction: cancel it, do it again, or answer what a parked one asks. */
import { useLocation } from 'wouter-preact';
import type { SubTransactionSummary, SubTransactionView } from '../../../actors/views.ts';
import { Act } from './act.tsx';
import { Icon } from './icon.tsx';
import { subPath } from './sub-parts.tsx';
import { Timed } from './time.tsx';

export interface SubActionProps {
  readonly sub: SubTransactionView;
  /** Called after something was done. */
  readonly again: () => void;
}

const isOver = ({ state }: SubTransactionSummary) =>
  state === 'done' || state === 'failed' || state === 'cancelled';

const pathOf = ({ id }: SubTransactionSummary, verb: string) =>
  `sub-transactions/${encodeURIComponent(id)}/${verb}`;

export function SubActions({ sub, again }: SubActionProps) {
  const [, go] = useLocation();
  if (isOver(sub)) {
    return (
      <Act<SubTransactionSummary>
        label="Do it again"
        asks={`Do the work of ${sub.id} again?`}
        says="The same work is handed in once more, under a new id and with fresh budgets. This one stays as it is."
        path={pathOf(sub, 'retry')}
        done={({ id }) => `The work of ${sub.id} is done again as ${id}.`}
        onDone={({ id }) => go(subPath(id))}
      />
    );
  }
  if (sub.state === 'cancelling') return null;
  return (
    <Act<SubTransactionSummary>
      label="Cancel"
      asks={`Cancel ${sub.id}?`}
      says={
        sub.state === 'queued' || sub.state === 'waiting' || sub.state === 'parked'
          ? 'Nothing more of it is given out.'
          : `Agent ${sub.agent ?? ''} is told to kill attempt ${sub.attempt}; it is cancelled when that is certain.`
      }
      path={pathOf(sub, 'cancel')}
      done={({ state }) =>
        state === 'cancelled' ? `${sub.id} is cancelled.` : `${sub.id} is being cancelled.`
      }
      onDone={again}
      isGrave
    />
  );
}

/** Buttons for the answers that may be given, and what each is asked with. */
const ANSWERS: Readonly<
  Record<string, { readonly label: string; readonly asks: string; readonly done: string }>
> = {
  retry: { label: 'Try again', asks: 'Try it again?', done: 'is tried again' },
  accept: { label: 'Counts as done', asks: 'Does it count as done?', done: 'counts as done' },
  'give-up': { label: 'Give up', asks: 'Give it up?', done: 'is given up' },
};

/** What a parked one asks, and the answers. */
export function Decide({ sub, again }: SubActionProps) {
  const { decision, id } = sub;
  if (!decision) return null;
  return (
    <section class="sub-decision" aria-label="Decision">
      <p>
        <Icon name="asks" size={16} /> <b>A person decides:</b> <Timed text={decision.question} />.
      </p>
      <div class="sub-answers">
        {decision.answers.map(({ verb, command, effect }) => {
          const step = verb === 'decide' ? stepAnswer(command) : undefined;
          const known = step ?? ANSWERS[verb];
          if (!known) return null;
          return (
            <div key={command}>
              <Act
                label={known.label}
                asks={`${id}: ${known.asks}`}
                says={`This ${effect}. On the command line: ${command}`}
                path={pathOf(sub, verb)}
                body={step?.body ?? {}}
                done={() => `${id} ${known.done}.`}
                onDone={again}
                isGrave={verb === 'give-up'}
              />
              <small>{effect}</small>
            </div>
          );
        })}
      </div>
    </section>
  );
}

/** The answers about a step are told as commands: `lifeline decide ID --done --key KEY`. */
function stepAnswer(command: string) {
  const [, as = 'done'] = / --(done|redo)/.exec(command) ?? [];
  const [, key] = / --key (.+)$/.exec(command) ?? [];
  const step = key === undefined ? 'the step' : `the step ${key}`;
  const isDone = as === 'done';
  return {
    label: isDone ? `Take ${step} for done` : `Do ${step} again`,
    asks: isDone ? `Was ${step} done?` : `Do ${step} again?`,
    done: isDone ? `goes on: ${step} counts as done` : `goes on: ${step} is done again`,
    body: { as, ...(key === undefined ? {} : { key }) },
  };
}
