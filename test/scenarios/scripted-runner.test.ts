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
import { Process } from '../../scenarios/world-process.ts';

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
    step: () => undefined,
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

/** Work in a process that can be stopped, with a guard on a clock of its own. */
function guarded(behaviour: Behaviour, handler = 'work') {
  const clock = createVirtualClock();
  const process = new Process(clock.view({ rate: 1, offsetMs: 0 }));
  const told: string[] = [];
  const note = (what: string) => void told.push(`${clock.elapsed()} ${what}`);
  const runner = createScriptedRunner({
    agent: 'a1',
    clock,
    ledger: { push: ({ what, exit }) => note(`${what} ${exit ?? ''}`.trim()) },
    logs: createMemorySpool(),
    behave: () => behaviour,
    inside: ['function'],
    host: {
      clock: process.clock,
      reach: (call) => process.reach(call),
      crash() {
        note('dies');
        process.kill();
        runner.crash();
      },
    },
    guard: {
      clock,
      killTimeMs: 1_000,
      endedByLease: true,
      began: () => note('began'),
      over: () => note('over'),
    },
  });
  runner.start(
    { ...work, handler },
    {
      ended: (_, exit) => note(`heard ${exit.kind}`),
      progress: () => {},
      step: () => undefined,
      logged: () => note('logged'),
    },
  );
  return { clock, process, runner, told };
}

describe('the process of an agent', () => {
  it('that is stopped hears of its work when it goes on', async () => {
    const { clock, process, told } = guarded({ afterMs: 50, exit: ok });
    process.stop();
    await clock.advance(100);
    process.goOn();
    await clock.advance(10);
    expect(told).toEqual(['0 began', '0 start', '50 end done', '101 heard done']);
  });

  it('that is stopped stops the functions within it', async () => {
    const { clock, process, told } = guarded({ afterMs: 50, exit: ok }, 'function');
    process.stop();
    await clock.advance(100);
    process.goOn();
    await clock.advance(10);
    expect(told.slice(2)).toEqual(['100 end done', '101 heard done']);
  });

  it('dies with work that takes it down', async () => {
    const { clock, told } = guarded({ afterMs: 50, exit: ok, crashes: true });
    await clock.advance(100);
    expect(told.slice(2)).toEqual(['50 dies', '50 end crash']);
  });
});

describe('the guard', () => {
  it('kills what can be killed when the lease is over, though the agent stands still', async () => {
    const { clock, process, runner, told } = guarded({ afterMs: Infinity, exit: ok, killMs: 300 });
    expect(runner.endedByLease).toBe(true);
    runner.leaseFor(1_000);
    process.stop();
    await clock.advance(5_000);
    expect(told.slice(2)).toEqual(['1000 over', '1300 end stopped']);
  });

  it('is put off by each word of the lease, and has nothing to do where nothing runs', async () => {
    const { clock, runner, told } = guarded({ afterMs: 2_500, exit: ok });
    runner.leaseFor(1_000);
    await clock.advance(900);
    runner.leaseFor(2_000);
    await clock.advance(5_000);
    expect(told.slice(2)).toEqual(['2500 end done', '2500 heard done']);
  });

  it('ends a process that holds what cannot be killed, half a kill time later', async () => {
    const behaviour = { afterMs: Infinity, exit: ok, abortMs: Infinity };
    const { clock, runner, told } = guarded(behaviour, 'function');
    expect(runner.killable('function')).toBe(false);
    runner.leaseFor(1_000);
    runner.stop(fence, 'kill');
    await clock.advance(5_000);
    expect(told.slice(2)).toEqual(['1000 over', '1500 dies', '1500 end crash']);
  });

  it('kills once, so that a second word does not put off the end', async () => {
    const { clock, runner, told } = guarded({ afterMs: Infinity, exit: ok, killMs: 300 });
    runner.leaseFor(1_000);
    await clock.advance(900);
    runner.stop(fence, 'kill');
    await clock.advance(5_000);
    expect(told.slice(2)).toEqual(['1000 over', '1200 end stopped', '1200 heard stopped']);
  });
});
