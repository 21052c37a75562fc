/**
 * A scenario, moved through: everything shown is as it was at the cursor.
 *
 *   ⏮ ◀ ▶ ⏭  ──────●───────────  35.006 s                about: everything ▾
 *   what happens at the cursor, in words
 *   lanes: moments and messages around it   │  all statecharts and their states
 *   chart of what changed, or of what was picked
 *   Keys: ← → a step, Home End, Space goes on by itself.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { counted } from '../../../cli/shown.ts';
import type { PlayedScenario, ScenarioItem } from '../../server/scenario-player.ts';
import { cursorAt, stepsAbout, subjectsOf, timeText } from '../scenario-steps.ts';
import { Card } from './card.tsx';
import { Chip } from './chip.tsx';
import { Head } from './head.tsx';
import { Icon, type IconName } from './icon.tsx';
import { Otherwise } from './scenario-failure.tsx';
import { ScenarioLanes } from './scenario-lanes.tsx';
import { ScenarioStates } from './scenario-states.tsx';
import { Instant } from './time.tsx';

export interface ScenarioPlayerProps {
  readonly played: PlayedScenario;
  readonly name: string;
  readonly kicker: ComponentChildren;
  /** Where the cursor is at first, in ms from the start. Default: at the first moment. */
  readonly atMs?: number;
  /** Is told where the cursor rests. */
  readonly onRest?: (atMs: number) => void;
}

/** A cursor that has not moved for that long rests. */
const REST_MS = 400;

export function ScenarioPlayer(props: ScenarioPlayerProps) {
  const { played, name, kicker, atMs: fromMs = 0, onRest } = props;
  const { items, failure, title, kind, lanes, unrecorded } = played;
  const [about, setAbout] = useState('');
  const steps = useMemo(() => stepsAbout(items, about), [items, about]);
  const [wanted, setCursor] = useState(() => (fromMs > 0 ? cursorAt(items, steps, fromMs) : 0));
  const cursor = Math.min(wanted, steps.length - 1);
  const index = steps[cursor] ?? 0;
  const atMs = items[index]?.atMs ?? 0;
  useEffect(() => {
    const timer = setTimeout(() => onRest?.(atMs), REST_MS);
    return () => clearTimeout(timer);
  }, [atMs]);
  const look = (next: string) => {
    const nextSteps = stepsAbout(items, next);
    setAbout(next);
    setCursor(cursorAt(items, nextSteps, atMs));
  };
  const lead =
    kind === 'script' ? (
      'A script, played by the real controller and agents under virtual time.'
    ) : (
      <>
        Recorded from <Instant at={played.beganAt} exact /> on: the controller and agents decide
        again what they decided then.
      </>
    );
  return (
    <div class="stack">
      <Head
        kicker={kicker}
        title={kind === 'script' ? title : name}
        lead={lead}
        chips={<Verdict played={played} />}
      />
      {failure && (
        <Otherwise failure={failure} onGo={(atMs) => setCursor(cursorAt(items, steps, atMs))} />
      )}
      <Notes played={played} />
      {items.length > 0 && (
        <>
          <Transport items={items} steps={steps} cursor={cursor} onCursor={setCursor}>
            <label class="scenario-about">
              <span>About</span>
              <select value={about} onChange={(event) => look(event.currentTarget.value)}>
                <option value="">everything</option>
                {subjectsOf(items).map((id) => (
                  <option key={id} value={id}>
                    {id}
                  </option>
                ))}
              </select>
            </label>
          </Transport>
          <ScenarioStates items={items} index={index}>
            <ScenarioLanes
              {...{ items, lanes, unrecorded, steps, cursor }}
              beganAt={played.beganAt}
              onCursor={setCursor}
            />
          </ScenarioStates>
        </>
      )}
    </div>
  );
}

/** What is not whole. */
function Notes({ played: { notes, left } }: { readonly played: PlayedScenario }) {
  return (
    <>
      {notes.map((note) => (
        <p key={note} class="scenario-note tone-warn">
          <Icon name="warns" /> {note}
        </p>
      ))}
      {left > 0 && <p class="muted">{left} more at the end are not shown.</p>}
    </>
  );
}

function Verdict({
  played: { failure, items, lanes, isWhole },
}: {
  readonly played: PlayedScenario;
}) {
  if (failure) {
    return (
      <Chip tone="bad" icon="failed">
        otherwise{failure.atMs === null ? '' : ` at ${timeText(failure.atMs)}`}
      </Chip>
    );
  }
  return (
    <>
      {isWhole ? (
        <Chip tone="good" icon="done">
          it holds
        </Chip>
      ) : (
        <Chip tone="warn" icon="warns">
          what could be read holds
        </Chip>
      )}
      <Chip tone="off" icon="info">
        {counted(items.length, 'moment')} in {counted(lanes.length, 'lane')}
      </Chip>
    </>
  );
}

/** A step by itself takes that long. */
const STEP_MS = 700;

interface TransportProps {
  readonly items: readonly ScenarioItem[];
  readonly steps: readonly number[];
  readonly cursor: number;
  readonly onCursor: (cursor: number) => void;
  readonly children: ComponentChildren;
}

/** Buttons, slider and keys that move the cursor, and what is under it. */
function Transport({ items, steps, cursor, onCursor, children }: TransportProps) {
  const [isGoing, setGoing] = useState(false);
  const last = steps.length - 1;
  const to = (next: number) => onCursor(Math.max(0, Math.min(last, next)));
  useEffect(() => {
    if (!isGoing) return;
    if (cursor === last) return setGoing(false);
    const timer = setTimeout(() => to(cursor + 1), STEP_MS);
    return () => clearTimeout(timer);
  }, [isGoing, cursor, last]);
  const turn = () => {
    if (!isGoing && cursor === last) to(0);
    setGoing(!isGoing);
  };
  useKeys({
    ArrowLeft: () => to(cursor - 1),
    ArrowRight: () => to(cursor + 1),
    Home: () => to(0),
    End: () => to(last),
    ' ': turn,
  });
  const item = items[steps[cursor] ?? 0]!;
  const button = (label: string, icon: IconName, act: () => void, isOff: boolean) => (
    <button
      type="button"
      class="button icon-only"
      aria-label={label}
      title={label}
      disabled={isOff}
      onClick={act}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <Card title="Cursor" note={`${cursor + 1} of ${steps.length}`} actions={children}>
      <div class="scenario-transport">
        <div class="scenario-buttons">
          {button('Step back (←)', 'previous', () => to(cursor - 1), cursor === 0)}
          {button(
            isGoing ? 'Stop here (Space)' : 'Go on by itself (Space)',
            isGoing ? 'stopped' : 'runs',
            turn,
            last === 0,
          )}
          {button('Step (→)', 'next', () => to(cursor + 1), cursor === last)}
        </div>
        <input
          type="range"
          aria-label="Cursor"
          aria-valuetext={`${timeText(item.atMs)}: ${item.lane} ${item.text}`}
          min={0}
          max={last}
          value={cursor}
          onInput={(event) => to(Number(event.currentTarget.value))}
        />
        <output class="scenario-time mono">{timeText(item.atMs)}</output>
      </div>
      <p class="scenario-now" aria-live="polite">
        <b>{item.to === undefined ? item.lane : `${item.lane} → ${item.to}`}</b> {wordsOf(item)}
      </p>
    </Card>
  );
}

/** What an item says, with what is known of its way. */
function wordsOf({ text, isAgain, fate }: ScenarioItem): string {
  const more = [isAgain && 'again', fate].filter(Boolean).join(', ');
  return more === '' ? text : `${text} (${more})`;
}

/** Keys of the player; those of a field, a button or a table stay theirs. */
function useKeys(keys: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent): void => {
      const act = keys[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest(CONTROLS)) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', hear);
    return () => document.removeEventListener('keydown', hear);
  });
}

const CONTROLS = 'input, select, textarea, button, a, summary, [data-row], [role="button"], dialog';
