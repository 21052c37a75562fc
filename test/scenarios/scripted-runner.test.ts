/** The scripted runner under virtual time: when work ends, by itself or when it is told to, and what the ledger has. */
import { describe, expect, it } from 'vitest';
import type { Exit, FenceToken } from '../../handlers/handler.ts';
import { createMemorySpool } from '../../handlers/spool.ts';
import { createRecordReader } from '../../handlers/log-records.ts';
import {
  createScriptedRunner,
  type Behaviour,
  type Ledger,
} from '../../scenarios/scripted-runner.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';

const fence: FenceToken = { birth: 7, attempt: 1 };
const work = { fence, id: 'x', job: null, handler: 'work', input: null };
const ok: Exit = { kind: 'done', result: 'ok' };

function start(behaviour: Behaviour) {
  const clock = createVirtualClock();
  const ledger: Ledger = [];
  const logs = createMemorySpool();
  const told: string[] = [];
  const runner = createScriptedRunner({
    agent: 'a1',
    clock,
    ledger,
    logs,
    behave: () => behaviour,
  });
  runner.start(work, {
    ended: (_, exit) => void told.push(`${clock.elapsed()} ended ${exit.kind}`),
    progress: () => {},
    logged: () => void told.push(`${clock.elapsed()} logged`),
  });
  const lines = () => ledger.map(({ at, what, exit }) => `${at - (clock.now() - clock.elapsed())} ${what} ${exit ?? ''}`.trim()); // prettier-ignore
  return { clock, logs, runner, told, lines };
}

describe('the scripted runner', () => {
  it('ends the work after its time, and tells the ledger first', async () => {
    const { clock, runner, told, lines } = start({ afterMs: 100, exit: ok });
    expect(runner.running).toEqual([fence]);
    await clock.advance(99);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual(['100 ended done']);
    expect(lines()).toEqual(['0 start', '100 end done']);
    expect(runner.running).toEqual([]);
  });

  it('never tells the end from within the start', async () => {
    const { clock, told } = start({ afterMs: 0, exit: ok });
    expect(told).toEqual([]);
    await clock.settle();
    expect(told).toEqual(['0 ended done']);
  });

  it.each([
    { how: 'abort', behaviour: { abortMs: 30 }, told: ['40 ended stopped'] },
    { how: 'abort', behaviour: {}, told: ['10 ended stopped'] },
    { how: 'abort', behaviour: { abortMs: Infinity }, told: [] },
    { how: 'kill', behaviour: { killMs: 50, abortMs: Infinity }, told: ['60 ended stopped'] },
    { how: 'kill', behaviour: {}, told: ['10 ended stopped'] },
  ] as const)('ends when it is told to: $how, $behaviour', async ({ how, behaviour, told }) => {
    const played = start({ afterMs: Infinity, exit: ok, ...behaviour });
    await played.clock.advance(10);
    played.runner.stop(fence, how);
    await played.clock.advance(1_000);
    expect(played.told).toEqual(told);
  });

  it('ends by the kill when it did not listen', async () => {
    const { clock, runner, told } = start({ afterMs: 500, exit: ok, abortMs: Infinity });
    runner.stop(fence, 'abort');
    await clock.advance(20);
    runner.stop(fence, 'kill');
    await clock.advance(1_000);
    expect(told).toEqual(['20 ended stopped']);
  });

  it('knows nothing of work that is not here', async () => {
    const { clock, runner, told } = start({ afterMs: 5, exit: ok });
    runner.stop({ birth: 7, attempt: 2 }, 'kill');
    await clock.advance(5);
    runner.stop(fence, 'kill');
    await clock.advance(5);
    expect(told).toEqual(['5 ended done']);
  });

  it('logs at once, before it says so', () => {
    const { logs, told } = start({ afterMs: 5, exit: ok, log: 'hello\n' });
    expect(told).toEqual(['0 logged']);
    const records = createRecordReader().push(logs.read(fence, 0, 1_000));
    expect(records.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual(['hello\n']);
  });

  it('tells no end of what a crash takes with it', async () => {
    const { clock, runner, told, lines } = start({ afterMs: 100, exit: ok });
    await clock.advance(50);
    runner.crash();
    await clock.advance(100);
    expect(told).toEqual([]);
    expect(lines()).toEqual(['0 start', '50 end crash']);
    expect(runner.running).toEqual([]);
  });
});
