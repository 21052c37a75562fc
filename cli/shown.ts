/** How durations, instants, sizes and counts are shown to people. */

/** For people: `340 ms`, `4.2 s`, `3 min 05 s`, `2 h 10 min`. */
export function shownDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const two = (n: number) => String(n).padStart(2, '0');
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** Wall clock of an instant in UTC with milliseconds: `14:03:07.120`. */
export const shownTime = (at: number): string => new Date(at).toISOString().slice(11, 23);

const BYTE_UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'];

/** `812 bytes`, `4.2 MB`; a KB has 1,024 bytes. */
export function shownBytes(bytes: number): string {
  let unit = 0;
  let size = bytes;
  while (size >= 1_024 && unit < BYTE_UNITS.length - 1) {
    size /= 1_024;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

/** `12,345`. */
export const shownCount = (n: number): string => n.toLocaleString('en-US');

/** `1 file`, `2 files`. */
export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${shownCount(n)} ${n === 1 ? one : many}`;

/** What becomes of one task, and of several. */
const VERDICTS: readonly (readonly [verdict: string, one: string, many: string])[] = [
  ['continue', 'goes on', 'go on'],
  [
    'accept',
    'had ended meanwhile: its end is taken over',
    'had ended meanwhile: their ends are taken over',
  ],
  ['kill', 'is killed', 'are killed'],
  ['lost', 'is lost', 'are lost'],
  ['superseded', 'is superseded', 'are superseded'],
  ['assignAgain', 'had never arrived and is sent again', 'had never arrived and are sent again'],
  ['neverStarted', 'was never started', 'were never started'],
];

/** `1 task goes on, 2 tasks are lost`, of counts by verdict; '' where nothing had to be decided. */
export const verdictsInWords = (counts: Readonly<Record<string, unknown>>): string =>
  VERDICTS.flatMap(([verdict, one, many]) => {
    const n = counts[verdict];
    return typeof n === 'number' && n > 0 ? [`${counted(n, 'task')} ${n === 1 ? one : many}`] : [];
  }).join(', ');
