/**
 * What a person is asked about parked work, with a button for each answer.
 *
 *   question ─▶ [It is done] [Do it again] [Give it up] …      each asks first, and says what was done
 */
import type { SubTransactionSummary, SubTransactionView } from '../../../actors/views.ts';
import { Act } from './act.tsx';

export interface DecideProps {
  readonly view: SubTransactionView;
  /** Called after one was given. */
  readonly onDone?: () => void;
}

type Choice = NonNullable<SubTransactionView['decision']>['answers'][number];

/** Null where nothing is asked. */
export function Decide({ view, onDone }: DecideProps) {
  const { decision } = view;
  if (decision === null) return null;
  return (
    <>
      <p>{capital(decision.question)}.</p>
      <div class="decide-acts">
        {decision.answers.map((answer) => (
          <Given key={answer.command} view={view} answer={answer} onDone={onDone} />
        ))}
      </div>
    </>
  );
}

interface GivenProps {
  readonly view: SubTransactionView;
  readonly answer: Choice;
  readonly onDone: (() => void) | undefined;
}

function Given({ view: { id, steps }, answer, onDone }: GivenProps) {
  const { verb, command, effect } = answer;
  const as = command.includes(' --redo') ? 'redo' : 'done';
  const step = / --key (\S+)/.exec(command)?.[1] ?? steps.find(({ state }) => state === 'unknown')?.key;
  const isStep = verb === 'decide';
  const label = isStep ? (as === 'done' ? 'The step was done' : 'Do the step again') : LABELS[verb];
  return (
    <Act<SubTransactionSummary>
      label={label ?? verb}
      isGrave={verb === 'give-up'}
      asks={`${label ?? verb}: ${id}?`}
      says={
        <>
          <p>
            It {effect}{isStep && step !== undefined ? <> (step <code>{step}</code>)</> : null}.
          </p>
          <p class="faint">
            The same: <code>{command}</code>
          </p>
        </>
      }
      path={`sub-transactions/${encodeURIComponent(id)}/${verb}`}
      body={isStep ? { as, ...(step === undefined ? {} : { key: step }) } : {}}
      done={({ state }) => `“${id}”: ${DONE[verb] ?? 'decided'}; it is ${state} now.`}
      {...(onDone ? { onDone: () => onDone() } : {})}
    />
  );
} // prettier-ignore

const LABELS: Readonly<Record<string, string>> = {
  retry: 'Run it again',
  accept: 'Count it as done',
  'give-up': 'Give it up',
};

const DONE: Readonly<Record<string, string>> = {
  retry: 'to be run again',
  accept: 'counted as done',
  'give-up': 'given up',
  decide: 'its step is decided',
};

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
