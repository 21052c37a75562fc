/** What a scenario expects, and what is said where it is not so: at once, within a time, all the time, never. */
import { describe, expect, it } from 'vitest';
import { readScenario } from '../../scenarios/format/read.ts';
import { playScenario } from '../../scenarios/play.ts';

/** Plays these lines; returns what did not hold. Line 5 is the first of them. */
async function failureOf(...lines: readonly string[]): Promise<string | undefined> {
  const text = ['lifeline scenario 1', 'title T', 'with seed=3', 'agent a1 a2 slots=1', ...lines];
  const scenario = readScenario([...text, 'end'].join('\n'), 't');
  return (await playScenario(scenario)).failure;
}

const CUT = ['1s submit x runs=20s', '5s cut a1 both for=70s'];

describe('what is expected', () => {
  it.each([
    ['30s expect x received starts=1 agent=a1 held=no result="ok"', 't:7: At 30s otherwise than expected, x: result is nothing, not ok.'],
    ['30s expect x done attempt=2', 't:7: At 30s otherwise than expected, x: state is received, not done; attempt is 1, not 2.'],
    ['30s expect a1 suspect alive=no', 't:7: At 30s otherwise than expected, a1: alive is true, not false.'],
    ['30s expect controller term=2', 't:7: At 30s otherwise than expected, controller: term is 1, not 2.'],
    ['30s expect client answered=0', 't:7: At 30s otherwise than expected, client: answered is 1, not 0.'],
    ['90s expect x history=done,assign', 't:7: At 90s otherwise than expected, x: history is accepted,assign,received,lost,timeout,assign,received,inProgress,verdict,superseded,done, not done,assign.'],
    ['10s expect x done within=5s', 't:7: At 15s otherwise than expected, x: state is received, not done.'],
    ['10s expect x received for=90s', 't:7: At 61.006s otherwise than expected, x: state is waiting, not received.'],
    ['10s never x attempt=2\n90s heal', 't:7: At 63.006s x is as it must never be.'],
  ])('is looked at when it says so: %s', async (line, failure) => {
    expect(await failureOf(...CUT, line)).toBe(failure);
  }); // prettier-ignore

  it.each([
    '90s expect x done attempt=2 history=assign,lost,assign,done',
    '10s expect a1 lost within=60s',
    '20s expect a1 suspect for=30s',
    '10s never x attempt=2 for=40s',
    '10s never a2 suspect',
  ])('holds: %s', async (line) => {
    expect(await failureOf(...CUT, line)).toBeUndefined();
  });

  it('is asked in the order of the lines of its instant', async () => {
    expect(
      await failureOf(
        '1s submit x runs=9s',
        '5s expect a1 alive=yes',
        '5s crash a1',
        '5s expect a1 alive=no',
      ),
    ).toBeUndefined();
  });

  it('says what is left when not everything comes to rest', async () => {
    expect(await failureOf('1s submit x runs=1m', '5s converge within=10s')).toMatch(
      /^t: liveness: 10000 ms after the last fault it is not at rest: /,
    );
  });

  it('is of a job what its counts are', async () => {
    const job = ['1s job j', 'item i1 fails=1 retries=0', 'item i2'];
    expect(
      await failureOf(...job, '9s expect j finished generation=1 done=1 failed=1'),
    ).toBeUndefined();
    expect(await failureOf(...job, '9s expect j stopped done=2')).toBe(
      't:8: At 9s otherwise than expected, j: state is finished, not stopped; done is 1, not 2.',
    );
  });
});
