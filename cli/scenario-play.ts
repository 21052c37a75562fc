/**
 * `lifeline scenario play`: what happens, as lanes, up to the end or to the first thing that is otherwise.
 *
 *   timeline ─▶ until a time, or the first moment of something ─▶ lanes │ one by one │ JSON lines
 */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { durationMs } from '../scenarios/format/duration.ts';
import { createLanes, type Moment } from '../scenarios/lanes.ts';
import { exitCodes } from './failure.ts';
import { jsonLine } from './json.ts';
import { counted } from './shown.ts';
import { timelinesOf, type Timeline } from './scenario-timeline.ts';
import type { Call } from './verb.ts';

export async function playFiles(call: Call, files: readonly string[]): Promise<number> {
  const steps = call.options['step'] === true ? createSteps(call) : undefined;
  let code: number = exitCodes.done;
  try {
    for await (const timeline of timelinesOf(files)) {
      const isShown = await show(call, timeline, steps);
      if (!isShown) return exitCodes.done;
      if (timeline.failure !== undefined) code = exitCodes.someFailed;
    }
    return code;
  } finally {
    steps?.close();
  }
}

/** Resolves to false when nobody wants to see more. */
async function show(
  { print, values, options }: Call,
  { title, lanes, moments, failure, detail, isWhole, notes }: Timeline,
  steps: Steps | undefined,
): Promise<boolean> {
  const until = options['until'];
  const wanted = typeof until === 'string' ? upTo(moments, until) : moments;
  const columns = createLanes(lanes);
  if (!values.json) for (const line of ['', title, columns.head()]) print(line);
  for (const moment of wanted) {
    print(values.json ? jsonLine(moment) : columns.line(moment));
    if (steps && !(await steps.next())) return false;
  }
  if (values.json) {
    print(
      jsonLine({ title, holds: failure === undefined, failure: failure ?? null, detail, notes }),
    );
    return true;
  }
  for (const note of notes) print(`Note: ${note}`);
  if (failure !== undefined) print(failure);
  else {
    const what = isWhole ? 'It holds' : 'What could be read holds';
    print(`${what}: ${counted(moments.length, 'moment')} in ${counted(lanes.length, 'lane')}.`);
  }
  return true;
}

/** Up to a time, or to the first moment that is about that work, job or agent. */
function upTo(moments: readonly Moment[], until: string): readonly Moment[] {
  const untilMs = durationMs(until);
  if (untilMs !== undefined) return moments.filter(({ atMs }) => atMs <= untilMs);
  const first = moments.findIndex(({ ids }) => ids.includes(until));
  return first < 0 ? moments : moments.slice(0, first + 1);
}

interface Steps {
  /** Waits for Enter; false: it was `q`. At the end of stdin it waits no more. */
  next(): Promise<boolean>;
  /** Leaves stdin alone, which else keeps the process. */
  close(): void;
}

function createSteps({ stdin, screen }: Call): Steps {
  const input = Readable.from(stdin);
  const reader = createInterface({ input });
  const lines = reader[Symbol.asyncIterator]();
  screen.line('Enter shows the next moment, q ends.');
  return {
    async next() {
      const line = await lines.next();
      return line.done === true || line.value.trim() !== 'q';
    },
    close() {
      reader.close();
      input.destroy();
    },
  };
}
