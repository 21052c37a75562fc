/**
 * `lifeline log ID`: what an attempt has written, byte for byte: its stdout to stdout, its stderr to
 * stderr. The lines of its handler (`task.log`) count as stdout. With --follow also what it goes on to write,
 * it and the attempts after it.
 */
import { logPage, type LogItem, type LogPage } from '../dashboard/server/log-page.ts';
import { encodeRecord } from '../handlers/log-records.ts';
import { parseId } from '../transport/ids.ts';
import type { Api } from './api-client.ts';
import { exitCodes, usage } from './failure.ts';
import { jsonLine } from './json.ts';
import { LogFollow, type AskPage } from './log-follow.ts';
import { onRecord } from './on-record.ts';
import { createPatience } from './patience.ts';
import { asking } from './reach.ts';
import { harmless } from './screen.ts';
import { reachSettings } from './settings.ts';
import type { Call, Verb } from './verb.ts';

export const log: Verb = {
  name: 'log',
  arguments: '<id>',
  summary: 'what a sub-transaction has written: its stdout to stdout, its stderr to stderr',
  settings: reachSettings,
  options: [
    ['--attempt <N>', 'of this attempt (default: the last)'],
    ['--follow', 'go on until it has ended, through outages and with the attempts that follow'],
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
    const write = WRITERS[call.values.json ? 'json' : (chosen[0] ?? 'both')]!;
    if (call.options['follow'] === true)
      return asking(call, (api) => follow(call, api, id, attempt, write));
    return asking(call, async (api) => {
      const { length, expected, complete } = await eachRecord(api, id, attempt, (item, of) =>
        write(item, call, of),
      );
      if (!complete && expected !== null) {
        const when = api.isLive
          ? 'the rest is on its way'
          : 'the rest comes when its agent runs again';
        call.screen.line(`${length} of ${expected} bytes are here; ${when}.`);
      }
      return exitCodes.done;
    });
  },
};

/** Writes what comes until the end. A controller that is away is asked until it answers. */
async function follow(
  call: Call,
  api: Api,
  id: string,
  attempt: number | undefined,
  write: Writer,
): Promise<number> {
  const following = new LogFollow(call, attempt, (item, of) => write(item, call, of));
  const askPage: AskPage = (query) => api.get(logPath(id), query);
  if (!api.isLive) {
    if (!(await following.ofRecords(askPage)))
      call.screen.line(`No controller is at work ${api.where}: nothing more comes until one is.`);
    return exitCodes.done;
  }
  const endOnRecord = onRecord(call, async (store) => {
    const ofStore: AskPage = (query) => Promise.resolve(logPage(store, id, query));
    return (await following.ofRecords(ofStore)) || undefined;
  });
  const patience = createPatience(call, api);
  const hasEnded = await following.toEnd(askPage, api, patience, endOnRecord);
  return hasEnded ? exitCodes.done : exitCodes.interrupted;
}

const logPath = (id: string) => `/api/v1/sub-transactions/${id}/log`;

function attemptOf(text: Call['options'][string]): number | undefined {
  if (text === undefined) return undefined;
  const attempt = Number(text);
  if (Number.isSafeInteger(attempt) && attempt >= 1) return attempt;
  throw usage(`--attempt must be a whole number from 1 on, not ${String(text)}.`);
}

/** Calls `take` with each record of a log, in order. Returns how much of it is here. */
export async function eachRecord(
  { get }: Pick<Api, 'get'>,
  id: string,
  attempt: number | undefined,
  take: (item: LogItem, attempt: number) => void,
): Promise<Pick<LogPage, 'length' | 'expected' | 'complete'>> {
  const path = logPath(id);
  let page = await get<LogPage>(path, { attempt });
  for (;;) {
    for (const item of page.items) take(item, page.attempt);
    if (page.next === null) return page;
    // Of the same attempt, though the next one may have begun.
    page = await get<LogPage>(path, { attempt: page.attempt, from: page.next });
  }
}

const bytesOf = (item: LogItem): Buffer =>
  'text' in item ? Buffer.from(item.text) : Buffer.from(item.base64, 'base64');

type Writer = (
  item: LogItem,
  to: Pick<Call, 'stdout' | 'stderr' | 'print'>,
  attempt: number,
) => void;

/** stdout to stdout, stderr and gaps to stderr. */
export const writeBoth = (item: LogItem, { stdout, stderr }: Pick<Call, 'stdout' | 'stderr'>) =>
  void (item.stream === 'err' || item.stream === 'gap' ? stderr : stdout).write(bytesOf(item));

const WRITERS: Readonly<Record<string, Writer>> = {
  both: writeBoth,
  stdout: (item, { stdout }) => {
    if (item.stream === 'out') stdout.write(bytesOf(item));
  },
  stderr: (item, { stdout }) => {
    if (item.stream === 'err') stdout.write(bytesOf(item));
  },
  all: (item, { print }) => {
    const text = bytesOf(item).toString().replace(/\n$/, '');
    for (const line of text.split('\n')) {
      print(`${item.at ?? '-'} ${item.stream.padEnd(3)} ${harmless(line)}`);
    }
  },
  raw: (item, { stdout }) => {
    const { stream, at } = item;
    const when = at === null ? NaN : Date.parse(at);
    stdout.write(encodeRecord({ stream, at: when, bytes: bytesOf(item) }));
  },
  json: (item, { print }, attempt) => print(jsonLine({ attempt, ...item })),
};
