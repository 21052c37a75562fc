/**
 * Starts work on a runner and collects what it reports, so that tests can wait for it.
 */
import type { Exit, FenceToken, Runner, StepNews, Value, Work } from '../../handlers/handler.ts';
import { createRecordReader } from '../../handlers/log-records.ts';
import type { RecordStream } from '../../handlers/log-records.ts';

export interface Observed {
  readonly ended: Promise<Exit>;
  /** Resolves with the first progress whose value passes. */
  progress(passes: (value: Value) => boolean): Promise<Value>;
  /** What it has told of its steps so far. */
  readonly news: readonly StepNews[];
  /** Resolves when it has told of so many. */
  told(count: number): Promise<void>;
  /** How often it ended. */
  ends(): number;
}

export const fence = (birth: number, attempt = 1): FenceToken => ({ birth, attempt });

export function work(handler: string, input: unknown, token: FenceToken = fence(1)): Work {
  return { fence: token, id: `id-${token.birth}`, job: null, handler, input };
}

export function observe(runner: Runner, given: Work): Observed {
  let ends = 0;
  const values: Value[] = [];
  const news: StepNews[] = [];
  const waiting = new Set<() => void>();
  let end: (exit: Exit) => void;
  const ended = new Promise<Exit>((resolve) => (end = resolve));
  runner.start(given, {
    ended(_fence, exit) {
      ends += 1;
      end(exit);
    },
    progress(_fence, value) {
      values.push(value);
      for (const look of waiting) look();
    },
    logged: () => undefined,
    step(_fence, one) {
      news.push(one);
      for (const look of waiting) look();
    },
  });
  return {
    ended,
    ends: () => ends,
    news,
    told: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (news.length >= count) resolve();
        };
        waiting.add(look);
        look();
      }),
    progress: (passes) =>
      new Promise((resolve) => {
        const look = () => {
          const value = values.find(passes);
          if (value === undefined) return;
          waiting.delete(look);
          resolve(value);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Everything an attempt has logged on one stream, as text. */
export function logOf(runner: Runner, token: FenceToken, stream: RecordStream): string {
  const length = runner.logs.length(token);
  const records = createRecordReader().push(runner.logs.read(token, 0, length));
  return Buffer.concat(
    records.filter((record) => record.stream === stream).map(({ bytes }) => bytes),
  ).toString();
}
