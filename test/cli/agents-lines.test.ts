/** What `agents` and `show AGENT` say of an agent, as text. */
import { describe, expect, it } from 'vitest';
import type { AgentSummary } from '../../actors/agent-queries.ts';
import type { AgentView } from '../../actors/views.ts';
import { agentsLines, agentState } from '../../cli/agents.ts';
import { showLines } from '../../cli/show-lines.ts';

const agent: AgentSummary = {
  id: 'a1',
  state: 'present',
  connection: 'connected',
  liveness: 'alive',
  boot: 3,
  bootAt: '2030-01-01T00:00:00.000Z',
  slots: 4,
  inFlight: 1,
  running: 1,
  waiting: 0,
  lagMs: 3,
  deaf: false,
  draining: false,
  leaving: false,
  handlers: ['shell'],
  address: null,
  heardAt: '2030-01-01T00:01:00.000Z',
  heldUntil: null,
  unconfirmed: 0,
};

describe('the state of an agent in words', () => {
  it.each<[Partial<AgentSummary>, string]>([
    [{}, 'connected'],
    [{ liveness: 'blocked', lagMs: 4_200 }, 'connected, blocked 4.2 s'],
    [{ connection: 'suspect', liveness: 'cutOff' }, 'suspect, cut off'],
    [{ connection: 'suspect', liveness: 'cutOff', deaf: true }, 'suspect, does not hear us'],
    [{ connection: 'reconciled', liveness: 'rebooted' }, 'reconciled, rebooted'],
    [{ connection: 'reconciling', liveness: null }, 'reconciling, not heard yet'],
    [{ state: 'lost', connection: 'lost', liveness: 'gone' }, 'lost'],
    [{ state: 'left', connection: null, liveness: 'left' }, 'left'],
    [{ connection: null, liveness: null }, 'not known: no controller runs'],
  ])('%j', (change, words) => {
    expect(agentState({ ...agent, ...change })).toBe(words);
  });
});

describe('the list of agents', () => {
  it('has how late their loops are, and how many ends nobody has told', () => {
    const [titles, line] = agentsLines([{ ...agent, unconfirmed: 7 }]);
    expect(titles).toMatch(/^AGENT +STATE +SLOTS +RUNNING +WAITING +UNCONFIRMED +LAG +BOOT /);
    expect(line).toMatch(/^a1 +connected +4 +1 +0 +7 +3 ms +3 +no +shell +2030-01-01T00:01/);
  });
});

describe('an agent that is shown', () => {
  it('has what runs there, by its own word, and what is not known to be over', async () => {
    const at = '2030-01-01T00:00:30.000Z';
    const running = { id: 'x', job: null, attempt: 1, state: 'inProgress', sentAt: at } as const;
    const view: AgentView = {
      ...agent,
      storeId: 's',
      containment: 'a PID namespace of its own for each task',
      timeoutMs: 60_000,
      running: [
        { ...running, startedAt: at, toldAt: at, progress: { done: 'a\u001b[31mb' } },
        { ...running, id: 'y', state: 'sent', startedAt: null, toldAt: null, progress: null },
      ],
      unconfirmed: [{ id: 'z', job: 'j', attempt: 2, boot: 1, givenUpAt: at }],
      history: [],
    };
    const api = { get: () => Promise.reject(new Error('nothing is asked')) };
    const lines = await showLines(api, { kind: 'agent', also: [], ...view });
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^last word +2030-01-01T00:01:00/),
        expect.stringMatching(/^loop lag +3 ms$/),
        expect.stringMatching(/^boot +3, since 2030-01-01T00:00:00/),
        expect.stringMatching(/^containment +a PID namespace of its own for each task$/),
        'out there:',
        `  x (attempt 1): inProgress, told at ${at}: {"done":"a\\u001b[31mb"}`,
        '  y (attempt 1): sent',
        'given up, and not confirmed to be over:',
        `  z (attempt 2): given up at ${at}, given to boot 1`,
      ]),
    );
  });
});
