/**
 * `lifeline log ID`: what an attempt has written, byte for byte: its stdout to stdout, its stderr to
 * stderr. The lines of its handler (`task.log`) count as stdout.
 */
import { readLog, type LogView } from '../actors/read-log.ts';
import { createRecordReader, type LogRecord } from '../handlers/log-records.ts';
import { parseId } from '../transport/ids.ts';
import { openIdle } from './embedded.ts';
import { exitCodes, usage } from './failure.ts';
import { jsonLine } from './json.ts';
import { harmless } from './screen.ts';
import type { Call, Verb } from './verb.ts';

export const log: Verb = {
  name: 'log',
  arguments: '<id>',
  summary: 'what a sub-transaction has written: its stdout to stdout, its stderr to stderr',
  settings: [],
  options: [
    ['--attempt <N>', 'of this attempt (default: the last)'],
    ['--stdout', 'only its stdout'],
    ['--stderr', 'only its stderr, to stdout'],
    ['--all', 'every line with its time and stream'],
    ['--raw', 'the records as they are kept'],
  ],
  async run(call) {
    const id = parseId(call.args[0]!, 'id');
    const attempt = attemptOf(call.options['attempt']);
    const chosen = ['stdout', 'stderr', 'all', 'raw'].filter((way) => call.options[way] === true);
    if (chosen.length > 1) {
      throw usage(`--${chosen[0]} and --${chosen[1]} exclude each other: give one of them.`);
    }
    const store = await openIdle(call.values.data);
    try {
      const view = readLog(store, id, attempt === undefined ? {} : { attempt });
      const writer = call.values.json ? 'json' : (chosen[0] ?? 'both');
      if (writer === 'raw') for (const chunk of view.chunks) call.stdout.write(chunk);
      else for (const record of recordsOf(view)) WRITERS[writer]!(record, call);
      if (!view.complete && view.expected !== null) {
        call.screen.line(
          `${view.length} of ${view.expected} bytes are here; the rest comes when its agent runs again.`,
        );
      }
      return exitCodes.done;
    } finally {
      await store.close();
    }
  },
};

function attemptOf(text: string | true | undefined): number | undefined {
  if (text === undefined) return undefined;
  const attempt = Number(text);
  if (Number.isSafeInteger(attempt) && attempt >= 1) return attempt;
  throw usage(`--attempt must be a whole number from 1 on, not ${String(text)}.`);
}

/** The records of a log, in order. */
export function* recordsOf({ chunks }: Pick<LogView, 'chunks'>): Generator<LogRecord> {
  const reader = createRecordReader();
  for (const chunk of chunks) yield* reader.push(chunk);
}

type Writer = (record: LogRecord, to: Pick<Call, 'stdout' | 'stderr' | 'print'>) => void;

/** stdout to stdout, stderr and gaps to stderr. */
export const writeBoth: Writer = ({ stream, bytes }, { stdout, stderr }) =>
  void (stream === 'err' || stream === 'gap' ? stderr : stdout).write(bytes);

const WRITERS: Readonly<Record<string, Writer>> = {
  both: writeBoth,
  stdout: ({ stream, bytes }, { stdout }) => {
    if (stream === 'out') stdout.write(bytes);
  },
  stderr: ({ stream, bytes }, { stdout }) => {
    if (stream === 'err') stdout.write(bytes);
  },
  all: ({ stream, at, bytes }, { print }) => {
    const text = Buffer.from(bytes).toString().replace(/\n$/, '');
    for (const line of text.split('\n')) {
      print(`${new Date(at).toISOString()} ${stream.padEnd(3)} ${harmless(line)}`);
    }
  },
  json: ({ stream, at, bytes }, { print }) => {
    const text = Buffer.from(bytes).toString();
    const isText = Buffer.from(text).equals(bytes);
    const content = isText ? { text } : { base64: Buffer.from(bytes).toString('base64') };
    print(jsonLine({ at: new Date(at).toISOString(), stream, ...content }));
  },
};
