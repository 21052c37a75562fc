/**
 * Ten clients at once begin, feed, list, retry, stop, clean up and begin again the same five jobs, over the routes:
 * nobody is told anything but what is documented, and at the end every count is right.
 */
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { silent } from '../../actors/logger.ts';
import { listSubTransactions, type JobDetail, type JobList } from '../../actors/queries.ts';
import { countedAs } from '../../actors/records.ts';
import type { JobView } from '../../actors/views.ts';
import { createApi } from '../../dashboard/server/api.ts';
import { createDice } from '../../scenarios/dice.ts';
import { closeAll, handlers, start, until } from '../index-world.ts';

afterEach(closeAll);

const NAMES = ['j1', 'j2', 'j3', 'j4', 'j5'];
const CLIENTS = 10;
const ROUNDS = 30;

/** What may be answered to whoever comes too late, or beside others. */
const DOCUMENTED = new Set(['jobTaken', 'ended', 'notRunning', 'outOfStep', 'unknown']);

async function openApi() {
  const { controller, store } = await start();
  const api = createApi({
    controller,
    store,
    clock: systemClock,
    logger: silent,
    about: { namespace: 'lifeline', version: '1.2.3' },
    handlers: new Map(handlers.map((handler) => [handler.name, handler])),
    sources: new Map(),
  });
  const codes = new Map<string, number>();
  const ask = async <T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T | null> => {
    const answer = await api.inject({
      method,
      url: `/api/v1/${path}`,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, payload: JSON.stringify(body) }),
    });
    if (answer.statusCode < 300) return answer.json<T>();
    const { code } = answer.json<{ code: string }>();
    codes.set(code, (codes.get(code) ?? 0) + 1);
    return null;
  };
  return { controller, store, api, ask, codes };
}

type Asked = Awaited<ReturnType<typeof openApi>>;

/** One client: it begins a job and feeds it, or does something else to one of somebody else. */
async function client({ ask }: Asked, number: number): Promise<void> {
  const dice = createDice(number);
  for (let round = 0; round < ROUNDS; round++) {
    const name = dice.pick(NAMES);
    const job = `jobs/${name}`;
    const what = dice.below(7);
    if (what < 3) {
      const source = { kind: 'items', id: `sha256:${dice.below(2)}` };
      const hooks = dice.oneIn(3) ? { postJob: { handler: 'resize', input: { path: 'end' } } } : {};
      const begun = await ask<{ generation: number; taken: number }>('POST', 'jobs', { name, source, ...hooks }); // prettier-ignore
      if (!begun) continue;
      const items = Array.from({ length: dice.between(1, 20) }, (_, n) =>
        dice.oneIn(4)
          ? { handler: 'picky', input: { n: dice.pick([7, 13]) } }
          : { handler: 'resize', input: { path: `${n}.jpg` } },
      );
      const { generation, taken: after } = begun;
      await ask('POST', `${job}/items`, { generation, after, items, ended: dice.oneIn(2) });
    } else if (what === 3) await ask('POST', `${job}/stop`, {});
    else if (what === 4) {
      const list = await ask<JobList>('GET', 'jobs');
      const { periodic, singlepass, stopped, finished } = list!;
      for (const view of [periodic, singlepass, stopped, finished].flat()) checkView(view);
    } else await ask('POST', `${job}/${dice.pick(['retry', 'cleanup', 'stop'])}`, {});
  }
}

function checkView({ total, remaining, failed, done, cancelled, retried, elapsedMs }: JobView) {
  const counts = [total ?? 0, remaining ?? 0, failed, done, cancelled, retried, elapsedMs];
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(0);
  expect((remaining ?? 0) + failed + done + cancelled).toBe(total ?? 0);
}

it('gives ten clients only documented errors, and counts right in the end', async () => {
  const asked = await openApi();
  const { controller, store, ask, codes } = asked;
  await Promise.all(Array.from({ length: CLIENTS }, (_, n) => client(asked, n + 1)));
  for (const name of NAMES) await ask('POST', `jobs/${name}/stop`, {});
  expect([...codes.keys()].filter((code) => !DOCUMENTED.has(code))).toEqual([]);
  expect(codes.get('jobTaken')).toBeGreaterThan(10);
  const { periodic, stopped, finished } = controller.list();
  const isQuiet = () => {
    const { singlepass, ...rest } = controller.list();
    const left = [...rest.stopped, ...rest.finished].map(({ remaining }) => remaining ?? 0);
    return singlepass.length === 0 && left.every((n) => n === 0);
  };
  await until(isQuiet);
  expect([periodic, stopped.length + finished.length > 2]).toEqual([[], true]);
  let runs = 0;
  for (const { name } of [...stopped, ...finished]) {
    const { older, ...last } = (await ask<JobDetail>('GET', `jobs/${name}`))!;
    for (const view of [last, ...older]) {
      runs++;
      checkView(view);
      const { generation } = view;
      const states = [...listSubTransactions(store, { job: name, generation })]
        .filter(({ handler, id }) => handler !== 'resize' || !id.includes('postJob'))
        .map(({ state }) => countedAs[state]);
      const count = (as: string) => states.filter((state) => state === as).length;
      expect([view.done, view.failed, view.cancelled, view.total ?? 0], name).toEqual([
        count('done'),
        count('failed'),
        count('cancelled'),
        states.length,
      ]);
    }
  }
  expect(runs).toBeGreaterThan(5);
  await asked.api.close();
});
