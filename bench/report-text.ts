/** The report for people: a table for each kind of measurement, median first, then the least and the most. */
import { tableLines } from '../cli/table.ts';
import type { Mode } from './arguments.ts';
import type { Cost, ProfileSummary } from './profile.ts';
import type { Reconciliation } from './reconcile.ts';
import type { Measured, Report, Section } from './report.ts';
import type { Spread } from './statistics.ts';

const TITLES: Readonly<Record<Mode, string>> = { embedded: 'embedded', nats: 'over NATS' };

export function textOf(report: Report): string {
  const { machine, numbers, throughput, latency, reconciliation, profiles } = report;
  const { tasks, payloadBytes, batch, concurrency, workers, perSecond, seconds, rounds } = numbers;
  const common = `concurrency ${concurrency}, ${payloadBytes} bytes each; measured rounds: ${rounds}, after a warm-up`;
  return [
    `Node ${machine.node}, ${machine.processors}, ${machine.filesystem}; Lifeline ${machine.lifeline}, ` +
      `BullMQ ${machine.bullmq}, redis-server ${machine.redis}, nats-server ${machine.nats}`,
    'Each figure: median (least to most). Ratio: Lifeline ÷ that row, pair by pair.',
    ...throughput.map((section) =>
      part(
        `Throughput, ${TITLES[section.mode]}: ${tasks} no-op tasks in batches of ${batch}, ${common}`,
        section,
        [
          ['tasks/s', 'perSecond', 0],
          ['CPU ms/task', 'cpuMsPerTask', 3],
        ],
      ),
    ),
    ...latency.map((section) =>
      part(
        `Latency from submit to done, ${TITLES[section.mode]}: ${perSecond}/s one by one for ${seconds} s, ${common}`,
        section,
        [
          ['p50 ms', 'p50Ms', 2],
          ['p99 ms', 'p99Ms', 2],
          ['CPU ms/task', 'cpuMsPerTask', 3],
        ],
      ),
    ),
    ...(throughput.some(({ mode }) => mode === 'nats')
      ? [`Over NATS: ${workers} processes work on each side.`]
      : []),
    ...(reconciliation.length > 0 ? [reconciliationPart(reconciliation, rounds)] : []),
    ...profiles.map(({ mode, process, costs }) => profilePart(mode, process, costs)),
  ].join('\n\n');
}

function reconciliationPart(cuts: readonly Reconciliation[], rounds: number): string {
  const heads = [
    { title: 'the link was' },
    { title: 'heard again, ms', align: 'right' as const },
    { title: 'reconciled, ms', align: 'right' as const },
    { title: 'CPU ms', align: 'right' as const },
  ];
  const lines = cuts.map(({ cut, heard, reconciled, cpu }) => [
    cut,
    shown(heard, 0),
    shown(reconciled, 0),
    cpu === null ? '–' : shown(cpu, 0),
  ]);
  return [
    `Reconciliation, over NATS: ${cuts[0]!.tasks} tasks in flight at one agent, from the heal of its link until all are on record as going on; measured rounds: ${rounds}, after a warm-up`,
    ...tableLines(heads, lines),
  ].join('\n');
}

function part<Figure extends string>(
  title: string,
  { rows }: Section<Figure>,
  columns: readonly (readonly [head: string, figure: Figure | 'cpuMsPerTask', digits: number])[],
): string {
  const heads = [
    { title: '' },
    ...columns.flatMap(([head]) =>
      [head, 'ratio'].map((title) => ({ title, align: 'right' as const })),
    ),
    { title: 'processes' },
    { title: 'durability' },
  ];
  const lines = rows.map(({ contender, figures, processes, durability }) => [
    contender,
    ...columns.flatMap(([, figure, digits]) => cells(figures[figure], digits)),
    processes,
    durability,
  ]);
  return [title, ...tableLines(heads, lines)].join('\n');
}

function cells(measured: Measured | null, digits: number): [string, string] {
  if (measured === null) return ['–', '–'];
  const { spread, ratio } = measured;
  return [shown(spread, digits), ratio === null ? '' : shown(ratio, 2)];
}

const shown = ({ min, median, max }: Spread, digits: number) =>
  `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;

function profilePart(mode: Mode, process: string, costs: ProfileSummary): string {
  const lines = (title: string, list: readonly Cost[]) => [
    `  ${title}`,
    ...list.map(({ what, part }) => `    ${(part * 100).toFixed(1).padStart(5)} %  ${what}`),
  ];
  return [
    `Profile, ${TITLES[mode]}, ${process}: ${costs.busyMs.toFixed(0)} ms busy in one throughput round; self time`,
    ...lines('by file', costs.byFile),
    ...lines('by function', costs.byFunction),
  ].join('\n');
}
