/** How many actors are shown, which, and what is said of those that are not. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../dashboard/inspector/message.ts';
import {
  NEW_AT_ONCE,
  NEW_PER_SECOND,
  Picture,
  PLACES,
  TOLD_AT_ONCE,
} from '../../../dashboard/inspector/picture.ts';
import type { Sighting } from '../../../dashboard/inspector/sighting.ts';

const controller: Sighting = {
  ...{ n: 1, atMs: 0, machine: 'controller', session: 'c', name: 'controller', parent: null },
  ...{ source: null, event: null, state: 'active', context: {} },
};

const work = (id: number, state = 'inProgress', type = 'inProgress'): Sighting => ({
  ...{ n: 2, atMs: 0, machine: 'subTransaction', session: `w${id}`, name: `w${id}`, parent: 'c' },
  ...{ source: null, event: { type }, state, context: {} },
});

const many = (from: number, count: number, state?: string, type?: string) =>
  Array.from({ length: count }, (_, i) => work(from + i, state, type));

function look() {
  const told: Message[] = [];
  const time = { ms: 0 };
  const tell = (message: Message) => void told.push(message);
  const picture = new Picture({ root: 'c', tell, elapsed: () => time.ms });
  picture.know([controller]);
  const shown = () =>
    picture.present().flatMap(({ sessionId }) => (sessionId === 'c' ? [] : [sessionId]));
  /** Facts that were said to be left out, so far. */
  const leftOut = () => {
    const [root] = picture.present();
    const { snapshot } = root as Message & { type: '@xstate.actor' };
    return snapshot.context['leftOut'] ?? 0;
  };
  return { picture, told, time, shown, leftOut };
}

describe('the picture', () => {
  it('shows so many pieces of work, and says what it has left out', () => {
    const { picture, shown, leftOut } = look();
    picture.take(many(0, PLACES.subTransaction));
    expect(leftOut()).toBe(0);
    picture.take(many(1_000, 5));
    expect(shown()).toHaveLength(PLACES.subTransaction);
    expect(shown()).not.toContain('w1000');
    expect(leftOut()).toBe(5);
  });

  it('gives the place of what has ended first to what is new, and none of what has not', () => {
    const { picture, time, shown } = look();
    picture.take(many(0, PLACES.subTransaction));
    picture.take([work(7, 'done', 'done'), work(9, 'done', 'done')]);
    time.ms = 10_000;
    picture.take([work(1_000)]);
    expect(shown()).not.toContain('w7');
    expect(shown()).toEqual(expect.arrayContaining(['w9', 'w1000', 'w8']));
  });

  it('lets new ones in at a rate that an inspector can bear', () => {
    const { picture, told, time } = look();
    const newOnes = () => told.filter(({ type }) => type === '@xstate.actor').length - 1;
    for (let second = 0; second < 10; second++) {
      time.ms = second * 1_000;
      picture.take(many(second * 100, 50, 'done', 'done'));
    }
    expect(newOnes()).toBe(NEW_AT_ONCE + 9 * NEW_PER_SECOND);
  });

  it('tells of each actor its last state only, when there is too much at once', () => {
    const { picture, told, leftOut } = look();
    picture.take([work(1, 'sent', 'assign')]);
    const before = told.length;
    const facts = Array.from({ length: TOLD_AT_ONCE }, () => work(1));
    picture.take([...facts, { ...work(1), state: null, event: { type: 'verdict' } }]);
    const states = told
      .slice(before)
      .flatMap((message) =>
        message.type === '@xstate.snapshot' && message.sessionId === 'w1'
          ? [message.snapshot.value]
          : [],
      );
    expect(states).toEqual(['inProgress']);
    expect(leftOut()).toBe(TOLD_AT_ONCE);
  });

  it('begins anew what has ended and begins again', () => {
    const { picture, told } = look();
    const job = (state: string, type: string): Sighting => ({
      ...{ ...work(0), machine: 'job', session: 'j', name: 'nightly' },
      ...{ state, event: { type } },
    });
    picture.take([job('running', 'job.started'), job('finished', 'job.finished')]);
    picture.take([job('starting', 'job.started')]);
    const actors = told.filter(({ type, sessionId }) => type === '@xstate.actor' && sessionId === 'j');
    expect(actors).toMatchObject([{ snapshot: { value: 'running' } }, { snapshot: { value: 'starting' } }]);
  }); // prettier-ignore

  it('calls an event as the chart does, where only one leads there', () => {
    const { picture, told } = look();
    const agent = (state: string): Sighting => ({
      ...{ ...work(0), machine: 'agentConnection', session: 'a1', name: 'a1' },
      ...{ state, event: { type: `agent.${state}` } },
    });
    picture.take(['connected', 'suspect', 'reconciling', 'reconciled', 'lost'].map(agent));
    const types = told.flatMap((message) => (message.type === '@xstate.event' ? [message.event.type] : []));
    // Both silence and a deaf word make suspect; of a report nobody is lost.
    expect(types).toEqual(['agent.connected', 'agent.suspect', 'word', 'report', 'agent.lost']);
  }); // prettier-ignore

  it('does not say that an event led where the chart has no way for it', () => {
    const { picture, told } = look();
    const job = (state: string, type: string): Sighting => ({
      ...{ ...work(0), machine: 'job', session: 'j', name: 'nightly' },
      ...{ state, event: { type } },
    });
    // Between these two it was prepared, which no fact tells.
    picture.take([job('starting', 'job.started'), job('running', 'job.sourceEnded')]);
    picture.take([job('running', 'job.sourceEnded')]);
    const types = told.flatMap((message) => (message.type === '@xstate.event' ? [message.event.type] : []));
    expect(types).toEqual(['job.started', 'job.sourceEnded', 'sourceEnded']);
  }); // prettier-ignore

  it('has every connection begin anew with a term of the controller', () => {
    const { picture } = look();
    const agent: Sighting = {
      ...{ ...work(0), machine: 'agentConnection', session: 'a1', name: 'a1', state: 'connected' },
    };
    picture.take([agent, { ...controller, state: 'recovering', event: { type: 'controller.term' } }]);
    expect(picture.present().map((one) => 'snapshot' in one && one.snapshot.value)).toEqual([
      ...['recovering', 'reconciling'],
    ]);
  }); // prettier-ignore

  it('says of what it shows no more that it has stopped', () => {
    const { picture, told, shown } = look();
    picture.take([work(1)]);
    for (const one of picture.unended('subTransaction')) picture.drop(one);
    expect(told.at(-1)).toMatchObject({ sessionId: 'w1', snapshot: { status: 'stopped' } });
    expect(shown()).toEqual([]);
  });
});
