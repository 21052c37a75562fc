/** What may be asked of the measurements, and what is said about a question that makes no sense. */
import { describe, expect, it } from 'vitest';
import { InvalidArguments, planOf } from '../../bench/arguments.ts';

const plan = (...argv: string[]) => planOf(argv, process.execPath, {});

describe('a plan of measurements', () => {
  it('has all three parts', () => {
    expect(plan().parts).toEqual(['embedded', 'nats', 'reconcile']);
    expect(plan().numbers.inFlight).toBe(10_000);
  });

  it('has the one part that is asked for', () => {
    const { parts, numbers } = plan('--only', 'reconcile', '--in-flight', '500');
    expect(parts).toEqual(['reconcile']);
    expect(numbers).toMatchObject({ inFlight: 500, rounds: 5 });
  });

  it.each([
    [['--only', 'redis'], '--only must be embedded, nats, reconcile, not redis.'],
    [['--in-flight', '10001'], '--in-flight 10001: an agent has at most 10000 slots.'],
    [['--in-flight', '0'], '--in-flight must be a whole number from 1 on, not 0.'],
    [['--workers', '101'], '--workers 101 share 100 tasks: use fewer.'],
  ])('refuses %j', (argv, message) => {
    expect(() => plan(...argv)).toThrow(new InvalidArguments(message));
  });
});
