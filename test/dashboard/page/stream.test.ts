/** How the page follows the journal: from the last number after a cut, patiently, and never in silence. */
import { describe, expect, it } from 'vitest';
import { followEvents, type Opened, type StreamEvent } from '../../../dashboard/page/stream.ts';
import { createTimers, settle } from './timers.ts';

const OPENED: Opened = {
  position: 41,
  oldest: 1,
  term: 3,
  controllerId: 'c',
  version: '0',
  namespace: 'n',
};

/** A controller that answers as the test says. */
function open() {
  const timers = createTimers();
  const told: StreamEvent[] = [];
  const asked: (number | null)[] = [];
  let refusal: Response | Error | undefined;
  let out: ReadableStreamDefaultController<Uint8Array>;
  const stream = followEvents(
    {
      after: timers.after,
      request(after, signal) {
        asked.push(after);
        if (refusal instanceof Error) return Promise.reject(refusal);
        if (refusal) return Promise.resolve(refusal.clone());
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            out = controller;
            signal.addEventListener('abort', () =>
              controller.error(new DOMException('', 'AbortError')),
            );
          },
        });
        return Promise.resolve(new Response(body));
      },
    },
    (event) => told.push(event),
  );
  const write = async (text: string) => {
    out.enqueue(new TextEncoder().encode(text));
    await settle();
  };
  const send = (event: string, data: unknown, id?: number) =>
    write(
      `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`,
    );
  return {
    timers, told, asked, stream, write, send,
    end: async () => {
      out.close();
      await settle();
    },
    refuse: (as: Response | Error | undefined) => void (refusal = as),
    kinds: () => told.map(({ type }) => type),
  }; // prettier-ignore
}

describe('the event stream', () => {
  it('begins with what comes from now on, and tells it in order', async () => {
    const { send, asked, told, kinds, stream } = open();
    await settle();
    await send('open', OPENED, 41);
    await send('facts', { items: [{ n: 42 }, { n: 43 }] }, 43);
    await send('sample', { from: 44, to: 90, count: 40, kinds: { done: 40 } }, 90);
    expect(asked).toEqual([null]);
    expect(kinds()).toEqual(['open', 'facts', 'sample']);
    expect(told[1]).toMatchObject({ items: [{ n: 42 }, { n: 43 }] });
    stream.close();
  });

  it('goes on from the last number after a cut', async () => {
    const { send, end, asked, kinds, timers, stream } = open();
    await settle();
    await send('open', OPENED, 41);
    await send('facts', { items: [{ n: 42 }] }, 42);
    await end();
    expect(kinds().at(-1)).toBe('down');
    await timers.pass(500);
    await send('open', { ...OPENED, position: 60 }, 42);
    await send('gap', { from: 43, to: 60, why: 'tooFar' }, 60);
    await end();
    await timers.pass(500);
    expect(asked).toEqual([null, 42, 60]);
    expect(kinds()).toEqual(['open', 'facts', 'down', 'open', 'gap', 'down']);
    stream.close();
  });

  it('waits longer from failure to failure, and no longer than eight seconds', async () => {
    const { refuse, asked, told, timers, stream, send, end } = open();
    refuse(new TypeError('fetch failed'));
    await settle();
    await end();
    for (const ms of [500, 1_000, 2_000, 4_000, 8_000, 8_000]) {
      const before = asked.length;
      await timers.pass(ms - 1);
      expect(asked).toHaveLength(before);
      await timers.pass(1);
      expect(asked).toHaveLength(before + 1);
    }
    refuse(undefined);
    await timers.pass(8_000);
    await send('open', OPENED, 41);
    await end();
    expect(told.at(-1)).toMatchObject({ type: 'down', againInMs: 500 });
    stream.close();
  });

  it('says why it was refused, in the words of the controller', async () => {
    const { refuse, told, timers, stream, end } = open();
    const problem = {
      status: 503,
      code: 'busy',
      detail: '100 pages are open here: close one of them.',
    };
    refuse(new Response(JSON.stringify(problem), { status: 503 }));
    await settle();
    await end();
    await timers.pass(600);
    expect(told.at(-1)).toMatchObject({ type: 'down', why: problem.detail });
    stream.close();
  });

  it('takes 25 s without a word for a cut, and a comment for a word', async () => {
    const { send, write, kinds, timers, stream } = open();
    await settle();
    await send('open', OPENED, 41);
    await timers.pass(24_000);
    await write(': still here\n\n');
    await timers.pass(24_000);
    expect(kinds()).toEqual(['open']);
    await timers.pass(1_000);
    expect(kinds()).toEqual(['open', 'down']);
    stream.close();
  });

  it('tries at once when it is woken, and never again once it is closed', async () => {
    const { end, send, asked, timers, stream } = open();
    await settle();
    await send('open', OPENED, 41);
    await end();
    stream.wake();
    await settle();
    expect(asked).toEqual([null, 41]);
    stream.close();
    await timers.pass(60_000);
    expect(asked).toHaveLength(2);
  });
});
