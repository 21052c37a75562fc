/** What an inspector is told of a journal: states and causes, by names that stay, and not too much of it. */
import { describe, expect, it } from 'vitest';
import { key, subject } from '../../../actors/records.ts';
import type { Message } from '../../../dashboard/inspector/message.ts';
import { HandMade } from '../../actors/hand-made.ts';
import { look } from './looking.ts';

const SECRET = 'hunter2';

async function controllerOf(controllerId: string): Promise<HandMade> {
  const made = await HandMade.open();
  await made.put(key.meta, { controllerId, term: 1, births: 0 });
  await made.fact(0, { subject: subject.controller, kind: 'controller.active' });
  return made;
}

const snapshotsOf = (messages: readonly Message[], session: string) =>
  messages.flatMap((message) =>
    message.sessionId === session && message.type !== '@xstate.event'
      ? [message.snapshot.value]
      : [],
  );

/** Three facts of one piece of work, each its own state. */
const life = [
  [5, { kind: 'assign', state: 'sent', attempt: 1, agent: 'a1', boot: 1 }],
  [7, { kind: 'inProgress', state: 'inProgress', attempt: 1, agent: 'a1', boot: 1 }],
  [
    9,
    {
      ...{ kind: 'failed', state: 'failed', attempt: 1, agent: 'a1', boot: 1, cause: 'error' },
      ...{
        by: SECRET,
        detail: { message: SECRET, evidence: { rule: null, pulseAgeMs: 3, x: SECRET } },
      },
    },
  ],
] as const;

describe('the feed of the inspector', () => {
  it('tells a piece of work from its first fact on: who did what, when, and the state after it', async () => {
    const made = await controllerOf('c1');
    const looker = look({ made });
    await looker.begin();
    const birth = await made.sub('x', life);
    const session = `c1/work/${birth}`;
    const told = (await looker.next()).filter(({ sessionId }) => sessionId === session);
    const [actor, ...rest] = told;
    expect(actor).toMatchObject({ type: '@xstate.actor', name: 'x', parentId: 'c1/controller' });
    expect(JSON.parse((actor as Message & { definition: string }).definition)).toMatchObject({
      id: 'subTransaction',
      states: { queued: { description: 'Waits for an agent with a free slot.' } },
    });
    const events = rest.filter(({ type }) => type === '@xstate.event');
    expect(events).toMatchObject([
      { event: { type: 'accepted' }, createdAt: '1767225600000' },
      { event: { type: 'assign', attempt: 1 }, sourceId: 'c1/controller', createdAt: '1767225600005' },
      { event: { type: 'inProgress' }, sourceId: 'c1/agent/a1' },
      { event: { type: 'failed', cause: 'error', detail: { pulseAgeMs: 3 } } },
    ]); // prettier-ignore
    expect(snapshotsOf(told, session)).toEqual([
      'queued',
      'queued',
      'sent',
      'inProgress',
      'failed',
    ]);
    expect(looker.feed.present().at(-1)).toMatchObject({
      snapshot: { status: 'done', value: 'failed' },
    });
  });

  it('keeps inputs, results, messages and names to itself, unless it is to tell them', async () => {
    const made = await controllerOf('c1');
    const [silent, open] = [look({ made }), look({ made }, { showsValues: true })];
    await Promise.all([silent.begin(), open.begin()]);
    const outcome = {
      state: 'failed',
      cause: 'error',
      message: SECRET,
      detail: null,
      at: 0,
    } as const;
    await made.sub('x', life, { outcome });
    const [hidden, shown] = await Promise.all([silent.next(), open.next()]);
    expect(JSON.stringify(hidden)).not.toContain(SECRET);
    expect(JSON.stringify(hidden)).not.toContain('"input"');
    expect(JSON.stringify(shown)).toContain(`"message":"${SECRET}"`);
    expect(JSON.stringify(shown)).toContain('"input":{"n":1}');
  });

  it('calls everything as before when it is started again, and by other names when the store is another', async () => {
    const of = { made: await controllerOf('c1') };
    await of.made.sub('x', life.slice(0, 2));
    await of.made.job('nightly');
    const [one, other] = [look(of), look(of)];
    await one.begin();
    await other.begin();
    const names = (looker: typeof one) => looker.feed.present().map(({ sessionId }) => sessionId);
    expect(names(one)).toEqual(names(other));
    of.made = await controllerOf('c2');
    await one.next();
    expect(names(one)).toEqual(['c2/controller']);
  });

  it('leaves out what is too much, says how much, and then tells how everything is', async () => {
    const made = await controllerOf('c1');
    const looker = look({ made });
    await looker.begin();
    const birth = await made.sub('x', life.slice(0, 2));
    await looker.next();
    const repeat = { subject: subject.agent('a1'), kind: 'agent.repeat', agent: 'a1' };
    for (let i = 0; i < 700; i++) await made.fact(10, repeat);
    const first = await looker.next();
    const said = first.find((message) => message.type === '@xstate.event' && message.event.type === 'leftOut');
    expect(said).toMatchObject({ sessionId: 'c1/controller', event: { facts: 700, total: 700 } });
    expect(looker.asked.filter((path) => path === '/api/v1/history')).toHaveLength(2);
    for (let i = 0; i < 10; i++) await looker.next();
    expect(looker.asked.filter((path) => path === '/api/v1/overview')).toHaveLength(2);
    expect(snapshotsOf(looker.feed.present(), `c1/work/${birth}`)).toEqual(['inProgress']);
  }); // prettier-ignore

  it('goes on where it was when the controller was away, and says so once', async () => {
    const made = await controllerOf('c1');
    const looker = look({ made });
    await looker.begin();
    looker.away(true);
    await looker.next();
    await looker.next();
    await made.sub('x', life);
    looker.away(false);
    const told = await looker.next();
    expect(looker.said).toEqual(['nobody answers', null]);
    expect(told.filter(({ type }) => type === '@xstate.event')).toHaveLength(4);
  });

  it('asks nothing any more when nobody looks', async () => {
    const made = await controllerOf('c1');
    const looker = look({ made });
    await looker.begin();
    looker.feed.stop();
    const asked = looker.asked.length;
    void looker.next();
    await Promise.resolve();
    expect(looker.asked).toHaveLength(asked);
  });
});
