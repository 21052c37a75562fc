/** One full frame of each side, for tests that change it in one place. */
import type { AgentFrame, Assignment, ControllerFrame } from '../../transport/frame.ts';

export function sampleAssignment(input: unknown): Assignment {
  return {
    birth: 1_000_001,
    attempt: 1,
    id: 'thumb-1',
    job: 'thumbs',
    handler: 'resize',
    input,
    timeoutMs: 3_600_000,
    graceMs: 5000,
  };
}

export function sampleControllerFrame(changes: Partial<ControllerFrame> = {}): ControllerFrame {
  return {
    v: 1,
    controllerId: 'c0ffee',
    term: 3,
    agent: 'a1',
    storeId: 'deadbeef',
    boot: 7,
    link: 2,
    echo: 123_456.5,
    timing: { version: 1, periodMs: 10_000, delayMs: 2000, timeoutMs: 60_000 },
    sent: 12,
    settled: 11,
    recorded: { boot: 7, n: 99 },
    logs: [{ birth: 1_000_001, attempt: 1, length: 4096 }],
    missing: false,
    requests: [
      { n: 11, kind: 'report' },
      { n: 12, kind: 'assign', tasks: [sampleAssignment({ path: 'cat.jpg', width: 320 })] },
      { n: 13, kind: 'kill', fences: [{ birth: 9, attempt: 2 }], reason: 'cancelled' },
    ],
    ...changes,
  };
}

export function sampleAgentFrame(changes: Partial<AgentFrame> = {}): AgentFrame {
  return {
    v: 1,
    agent: 'a1',
    storeId: 'deadbeef',
    boot: 7,
    controllerId: 'c0ffee',
    term: 3,
    link: 2,
    stamp: 123_456.5,
    timing: 1,
    seen: 12,
    deaf: false,
    beat: { slots: 4, running: 1, waiting: 0, lagMs: 2, leaving: false },
    answers: [
      { n: 11, kind: 'gap', next: 12 },
      { n: 12, kind: 'ok' },
    ],
    progress: [{ birth: 1_000_001, attempt: 1, progress: { done: 0.5 } }],
    outbox: [
      {
        place: { boot: 7, n: 100 },
        after: { boot: 7, n: 99 },
        birth: 9,
        attempt: 2,
        at: 1_700_000_000_000,
        startedAt: 1_699_999_999_000,
        ending: { kind: 'done', result: { path: 'cat-320.jpg', bytes: 20_480 } },
        logLength: 11,
      },
      {
        place: { boot: 7, n: 101 },
        after: { boot: 7, n: 100 },
        birth: 10,
        attempt: 1,
        at: 1_700_000_000_001,
        step: { key: 'charge', isDone: true, result: { receipt: 7 } },
      },
    ],
    out: { boot: 7, n: 100 },
    logs: [{ birth: 9, attempt: 2, offset: 0, bytes: new TextEncoder().encode('hello\nworld') }],
    ...changes,
  };
}
