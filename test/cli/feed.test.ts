/** Lines handed over to a run elsewhere: in batches, each once, whatever becomes of an answer. */
import { describe, expect, it } from 'vitest';
import { noAnswer, ProblemAnswered, type Api } from '../../cli/api-client.ts';
import { feedRun } from '../../cli/feed.ts';
import { createPatience } from '../../cli/patience.ts';
import { createScreen } from '../../cli/screen.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';

interface Batch {
  readonly generation: number;
  readonly after: number;
  readonly items: readonly { readonly input: unknown }[];
  readonly ended: boolean;
  readonly policy: unknown;
}

/** A controller that takes batches, unless `trouble` throws. */
function world(trouble: (batch: Batch, tries: number) => void = () => {}) {
  const clock = createVirtualClock();
  const interruption = new AbortController();
  const said: string[] = [];
  const screen = createScreen({ write: (text) => void said.push(String(text)) }, {});
  const batches: Batch[] = [];
  const posted: string[] = [];
  let tries = 0;
  const post = async <T>(path: string, body?: object): Promise<T> => {
    posted.push(path);
    if (path.endsWith('/items')) {
      trouble(body as Batch, ++tries);
      batches.push(body as Batch);
    }
    return Promise.resolve({ taken: 0 } as T);
  };
  const api = { post, where: 'in ./here' } as unknown as Api;
  const call = { screen, clock, interruption: () => interruption.signal };
  const patience = createPatience(call, api);
  return { api, patience, clock, interruption, said, batches, posted };
}

async function* lines(count: number, bytes = 1) {
  for (let line = 1; line <= count; line++) {
    yield { line, handler: 'shell', input: `${line}`.padStart(bytes, 'x') };
    await Promise.resolve();
  }
}

const run = { name: 'w', generation: 3, resumed: false, taken: 0 };
const given = (batches: readonly Batch[]) => batches.flatMap(({ items }) => items).length;

describe('feeding', () => {
  it.each([
    [0, [0]],
    [1, [1]],
    [500, [500]],
    [501, [500, 1]],
    [1_200, [500, 500, 200]],
  ])('hands %i lines over in batches of %j', async (count, sizes) => {
    const { api, patience, batches } = world();
    expect(await feedRun(api, patience, run, lines(count), { maxRetries: 2 })).toBe(true);
    expect(batches.map(({ items }) => items.length)).toEqual(sizes);
    expect(batches.map(({ ended }) => ended)).toEqual(sizes.map((_, i) => i === sizes.length - 1));
    expect(batches.map(({ after }) => after)).toEqual(sizes.map((_, i) => i * 500));
    expect(batches.every(({ generation }) => generation === 3)).toBe(true);
    expect(batches[0]!.policy).toEqual({ maxRetries: 2 });
    if (count > 0) expect(batches[0]!.items[0]).toEqual({ handler: 'shell', input: '1' });
  });

  it('keeps a batch below what NATS takes at once', async () => {
    const { api, patience, batches } = world();
    await feedRun(api, patience, run, lines(10, 150_000), {});
    for (const { items } of batches) expect(JSON.stringify(items).length).toBeLessThan(500_000);
    expect(given(batches)).toBe(10);
  });

  it('goes on behind what was taken over before', async () => {
    const { api, patience, batches } = world();
    await feedRun(api, patience, { ...run, taken: 7 }, lines(10), {});
    expect(batches).toMatchObject([
      { after: 7, items: [{ input: '8' }, { input: '9' }, { input: '10' }], ended: true },
    ]);
  });

  it('sends a batch again until it is answered, and says so once', async () => {
    const { api, patience, batches, clock, said } = world((_batch, tries) => {
      if (tries >= 2 && tries <= 6) throw noAnswer('in ./here');
    });
    const fed = feedRun(api, patience, run, lines(600), {});
    await clock.advance(10_000);
    expect(await fed).toBe(true);
    expect(given(batches)).toBe(600);
    expect(said).toEqual([
      'No controller answers in ./here: it is asked until one does.\n',
      'The controller in ./here answers again.\n',
    ]);
  });

  it('leaves the run to itself when it was stopped meanwhile', async () => {
    const { api, patience, posted } = world(() => {
      throw new ProblemAnswered(409, 'notRunning', 'It takes no more work.');
    });
    expect(await feedRun(api, patience, run, lines(3), {})).toBe(true);
    expect(posted).toEqual(['/api/v1/jobs/w/items']);
  });

  it.each([
    ['stops a run whose work is refused', 400, 'badRequest', true],
    ['stops a run whose work has the id of other work', 409, 'idTaken', true],
    ['stops a run whose work is too large', 413, 'tooLarge', true],
    ['stops no run that somebody else feeds', 409, 'outOfStep', false],
    ['stops no run that the controller feeds', 409, 'jobTaken', false],
    ['stops no run since the token is wrong', 401, 'unauthorized', false],
    ['stops no run since it goes by another name', 403, 'forbidden', false],
    ['stops no run since the controller failed', 500, 'internal', false],
  ])('%s', async (_what, status, code, isStopped) => {
    const refusal = new ProblemAnswered(status, code, 'Item 2: no.');
    const { api, patience, posted } = world(() => {
      throw refusal;
    });
    await expect(feedRun(api, patience, run, lines(3), {})).rejects.toBe(refusal);
    expect(posted.slice(1)).toEqual(isStopped ? ['/api/v1/jobs/w/stop'] : []);
  });

  it('ends when somebody interrupts, though nobody answers', async () => {
    const { api, patience, interruption, clock } = world(() => {
      throw noAnswer('in ./here');
    });
    const fed = feedRun(api, patience, run, lines(3), {});
    await clock.advance(2_500);
    interruption.abort();
    expect(await fed).toBe(false);
  });
});
