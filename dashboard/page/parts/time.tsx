/** Instants and durations. The exact instant, in UTC as the command line prints it, is the title of each. */
import { shownDuration } from '../../../cli/shown.ts';
import { now } from '../time.ts';

const DAY_MS = 86_400_000;
const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const day = new Intl.DateTimeFormat(undefined, { day: '2-digit', month: 'short' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

export interface InstantProps {
  /** ISO 8601; null is shown as a dash. */
  readonly at: string | null;
  /** With milliseconds. */
  readonly exact?: boolean;
}

/** `14:03:07`, of another day `21 Nov 14:03:07`. */
export function Instant({ at, exact = false }: InstantProps) {
  if (at === null) return <span class="faint">–</span>;
  return (
    <time dateTime={at} title={at}>
      {shownInstant(Date.parse(at), now.value, exact)}
    </time>
  );
}

/** An instant in the time zone of whoever looks. */
export function shownInstant(at: number, present: number, exact = false): string {
  const date = new Date(at);
  const time =
    clock.format(date) + (exact ? `.${String(date.getMilliseconds()).padStart(3, '0')}` : '');
  const today = new Date(present);
  if (date.toDateString() === today.toDateString()) return time;
  const isNear = Math.abs(present - at) < 300 * DAY_MS;
  return `${(isNear ? day : dayOfYear).format(date)} ${time}`;
}

const INSTANT = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

/** A sentence of the controller: its instants stand there as everywhere else on the page. */
export const Timed = ({ text }: { readonly text: string }) => (
  <>
    {text
      .split(INSTANT)
      .map((part, i) => (i % 2 === 1 ? <Instant key={i} at={part} exact /> : part))}
  </>
);

/** `12 s ago`, counting. */
export function Ago({ at }: { readonly at: string | null }) {
  if (at === null) return <span class="faint">never</span>;
  const ms = Math.max(0, now.value - Date.parse(at));
  return (
    <time dateTime={at} title={at}>
      {ms < 1_500 ? 'now' : `${wholeSeconds(ms)} ago`}
    </time>
  );
}

/** `in 12 s`, counting down; `due` afterwards. */
export function Until({ at }: { readonly at: string | null }) {
  if (at === null) return <span class="faint">–</span>;
  const ms = Date.parse(at) - now.value;
  return (
    <time dateTime={at} title={at}>
      {ms <= 0 ? 'due' : `in ${wholeSeconds(ms)}`}
    </time>
  );
}

/** `1:51`, counting down. */
export function Countdown({ at }: { readonly at: string | null }) {
  if (at === null) return <span class="faint">–</span>;
  const seconds = Math.max(0, Math.round((Date.parse(at) - now.value) / 1_000));
  const [minutes, rest] = [Math.floor(seconds / 60), String(seconds % 60).padStart(2, '0')];
  return (
    <time dateTime={at} title={at} aria-label={`in ${minutes} min ${rest} s`}>
      {seconds === 0 ? 'now' : `${minutes}:${rest}`}
    </time>
  );
}

/** Since an instant, counting: `3 min 05 s`. */
export function Since({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={at}>
      {wholeSeconds(Math.max(0, now.value - Date.parse(at)))}
    </time>
  );
}

export const Duration = ({ ms }: { readonly ms: number | null }) =>
  ms === null ? <span class="faint">–</span> : <>{shownDuration(ms)}</>;

const wholeSeconds = (ms: number): string =>
  ms < 59_500 ? `${Math.round(ms / 1_000)} s` : shownDuration(Math.round(ms / 1_000) * 1_000);
