/**
 * Every route, asked in every way: the answers are the same. The table is held against the routes there
 * are, so that a new one cannot be left out.
 */
import { expect, it } from 'vitest';
import { routes } from '../../dashboard/server/routes.ts';
import { wrongWith } from './shape-check.ts';
import type { Answer, Way, World } from './world.ts';

interface Row {
  readonly ask: readonly [method: 'GET' | 'POST', path: string, body?: unknown];
  readonly status: number;
  /** What the body has; of a problem its code, and a part of its sentence. */
  readonly has: unknown;
}

const problem = (code: string, sentence: string): unknown => ({
  type: `urn:lifeline:error:${code}`,
  code,
  title: expect.any(String) as unknown,
  status: expect.any(Number) as unknown,
  detail: expect.stringContaining(sentence) as unknown,
});
const list = (...items: unknown[]) => expect.objectContaining({ items, next: null }) as unknown;
const has = (part: object) => expect.objectContaining(part) as unknown;
const some = (part: object) => expect.arrayContaining([has(part)]) as unknown;

const work = { handler: 'resize', input: { path: 'a.jpg' } };
const batch = { generation: 1, after: 0, items: [work], ended: true };
const sourceId = { kind: 'items', id: 'sha256:00' };

/** `*` stands for the way, so that each has work of its own. */
export const ROWS: readonly Row[] = [
  { ask: ['GET', '/healthz'], status: 200, has: { status: 'ok' } },
  { ask: ['GET', '/api/v1/openapi.json'], status: 200, has: has({ openapi: '3.1.0' }) },
  { ask: ['GET', '/metrics'], status: 200, has: expect.stringContaining('lifeline_agents{liveness="alive"} 1') as unknown },
  { ask: ['GET', '/api/v1/status'], status: 200, has: has({ namespace: 'lifeline', controllerId: expect.any(String) as unknown, term: 1, version: '1.2.3', position: expect.any(Number) as unknown }) },
  { ask: ['GET', '/api/v1/overview'], status: 200, has: has({ agents: { total: 2, byLiveness: { rebooted: 1, alive: 1 } }, jobs: [], jobsTotal: 0, outages: [], unconfirmed: { total: 0, items: [] } }) },
  { ask: ['GET', '/api/v1/jobs'], status: 200, has: has({ finished: some({ name: 'thumbs', done: 3 }) }) },
  { ask: ['GET', '/api/v1/jobs/thumbs'], status: 200, has: has({ name: 'thumbs', older: [] }) },
  { ask: ['GET', '/api/v1/jobs/thumbs?summary=true'], status: 200, has: has({ summary: null }) },
  { ask: ['GET', '/api/v1/jobs/thumbs?summary=yes'], status: 400, has: problem('badRequest', "summary must be true or false, not 'yes'.") },
  { ask: ['GET', '/api/v1/jobs/none'], status: 404, has: problem('unknown', 'There is no job "none"') },
  { ask: ['GET', '/api/v1/jobs/thumbs/files'], status: 200, has: { items: [], next: null } },
  { ask: ['GET', '/api/v1/jobs/thumbs/files?after=7'], status: 400, has: problem('badRequest', 'after must be the "next" of the page before') },
  { ask: ['GET', '/api/v1/jobs/none/files'], status: 404, has: problem('unknown', 'There is no job "none"') },
  { ask: ['GET', '/api/v1/jobs/a%2Fb'], status: 400, has: problem('invalidId', 'The job name "a/b" is not allowed') },
  { ask: ['GET', '/api/v1/jobs/%ff'], status: 400, has: problem('badRequest', 'The path cannot be decoded') },
  { ask: ['GET', `/api/v1/jobs/${'x'.repeat(300)}`], status: 400, has: problem('invalidId', 'use 1 to 64 of A-Z') },
  { ask: ['GET', '/api/v1/jobs/thumbs/explain'], status: 200, has: has({ items: some({ text: 'Run 1 is finished: 0 of 3 remain.' }) }) },
  { ask: ['GET', '/api/v1/jobs/thumbs/audit?limit=2'], status: 200, has: has({ items: [has({ kind: 'job.started' }), has({ kind: 'accepted' })], next: expect.any(Number) as unknown }) },
  { ask: ['GET', '/api/v1/report?from=2020-01-01&job=thumbs'], status: 200, has: has({ attempts: has({ given: expect.any(Number) as unknown }) }) },
  { ask: ['GET', '/api/v1/report'], status: 400, has: problem('badRequest', 'Say from when on') },
  { ask: ['POST', '/api/v1/prune', {}], status: 200, has: has({}) },
  { ask: ['GET', '/api/v1/agents'], status: 200, has: has({ items: some({ id: 'a1', connection: 'connected' }), next: null }) },
  { ask: ['GET', '/api/v1/agents?liveness=gone,cutOff'], status: 200, has: { items: [], next: null } },
  { ask: ['GET', '/api/v1/agents?limit=1'], status: 200, has: { items: [has({ id: 'a1' })], next: 'a1' } },
  { ask: ['GET', '/api/v1/agents?limit=1&after=a1'], status: 200, has: { items: [has({ id: 'a2' })], next: null } },
  { ask: ['GET', '/api/v1/agents?liveness=dead'], status: 400, has: problem('badRequest', "liveness has 'dead'") },
  { ask: ['GET', '/api/v1/agents?after=a%2Fb'], status: 400, has: problem('invalidId', 'The agent id "a/b" is not allowed') },
  { ask: ['GET', '/api/v1/jobs?after=thumbs'], status: 200, has: { periodic: [], singlepass: [], stopped: [], finished: [], next: null } },
  { ask: ['GET', '/api/v1/agents/a1'], status: 200, has: has({ id: 'a1', connection: 'connected' }) },
  { ask: ['GET', '/api/v1/agents/none'], status: 404, has: problem('unknown', 'There is no agent "none"') },
  { ask: ['GET', '/api/v1/agents/a1/outages'], status: 200, has: { items: [], next: null } },
  { ask: ['GET', '/api/v1/agents/none/outages'], status: 404, has: problem('unknown', 'There is no agent "none"') },
  { ask: ['GET', '/api/v1/scenarios'], status: 200, has: list(has({ name: 'story', kind: 'script' })) },
  { ask: ['POST', '/api/v1/scenarios/play', { name: 'story' }], status: 200, has: has({ title: 'story' }) },
  { ask: ['POST', '/api/v1/scenarios/play', { files: [{ file: 'a.scenario', text: '' }, { file: 'b.scenario', text: '' }] }], status: 200, has: has({ title: 'a.scenario, b.scenario' }) },
  { ask: ['POST', '/api/v1/scenarios/play', { name: 'story', files: [{ file: 'a', text: '' }] }], status: 400, has: problem('badRequest', 'Give either the "name"') },
  { ask: ['GET', '/api/v1/agents/a1/samples'], status: 200, has: { stepMs: 2_000, items: [has({ connection: 'connected', lagMs: expect.any(Number) as unknown, inFlight: 0 })], next: null } },
  { ask: ['GET', '/api/v1/agents/a1/samples?from=2100-01-02'], status: 200, has: { stepMs: 2_000, items: [], next: null } },
  { ask: ['GET', '/api/v1/agents/none/samples'], status: 404, has: problem('unknown', 'There is no agent "none"') },
  { ask: ['GET', '/api/v1/jobs/thumbs/samples'], status: 200, has: { stepMs: 2_000, items: [], next: null } },
  { ask: ['GET', '/api/v1/jobs/none/samples'], status: 404, has: problem('unknown', 'There is no job "none"') },
  { ask: ['GET', '/api/v1/sub-transactions?state=failed'], status: 200, has: list(has({ id: 'bad', state: 'failed' })) },
  { ask: ['GET', '/api/v1/sub-transactions?job=thumbs&generation=1&limit=2'], status: 200, has: has({ next: expect.any(Number) as unknown }) },
  { ask: ['GET', '/api/v1/sub-transactions?job=thumbs&newest=true&limit=1'], status: 200, has: has({ items: [has({ id: 'thumbs-1-3' })], next: expect.any(Number) as unknown }) },
  { ask: ['GET', '/api/v1/history?newest=true&about=thumbs&limit=1'], status: 200, has: has({ items: [has({ kind: 'job.finished' })], next: expect.any(Number) as unknown }) },
  { ask: ['GET', '/api/v1/history?about=nobody'], status: 404, has: problem('unknown', 'There is no job, sub-transaction or agent "nobody"') },
  { ask: ['GET', '/api/v1/sub-transactions?limit=abc'], status: 400, has: problem('badRequest', "limit must be a whole number from 1 to 1000, not 'abc'.") },
  { ask: ['GET', '/api/v1/sub-transactions?limit=0'], status: 400, has: problem('badRequest', "not '0'.") },
  { ask: ['GET', '/api/v1/sub-transactions?limit=1&limit=2'], status: 400, has: problem('badRequest', 'Give "limit" once.') },
  { ask: ['GET', '/api/v1/sub-transactions?generation=1'], status: 400, has: problem('badRequest', 'give "job" too') },
  { ask: ['GET', '/api/v1/sub-transactions?state=failed,odd'], status: 400, has: problem('badRequest', "state has 'odd'") },
  { ask: ['GET', '/api/v1/sub-transactions?stat=failed'], status: 400, has: problem('badRequest', 'do you mean "state"?') },
  { ask: ['GET', '/api/v1/sub-transactions/cat'], status: 200, has: has({ id: 'cat', state: 'done', result: { thumb: 'cat.jpg.thumb' } }) },
  { ask: ['GET', '/api/v1/sub-transactions/thumbs'], status: 404, has: problem('unknown', 'There is no sub-transaction "thumbs"') },
  { ask: ['GET', '/api/v1/sub-transactions/cat/log'], status: 200, has: has({ id: 'cat', attempt: 1, complete: true, items: [has({ stream: 'log', text: 'resizing cat.jpg\n' })], next: null }) },
  { ask: ['GET', '/api/v1/sub-transactions/cat/log?attempt=2'], status: 404, has: problem('unknown', 'There is no attempt 2') },
  { ask: ['GET', '/api/v1/sub-transactions/cat/log?from=-1'], status: 400, has: problem('badRequest', 'from must be a whole number from 0 on') },
  { ask: ['GET', '/api/v1/sub-transactions/cat/explain'], status: 200, has: has({ items: some({ text: 'It is done.' }) }) },
  { ask: ['GET', '/api/v1/sub-transactions/cat/messages?limit=2'], status: 200, has: has({ lanes: [has({ id: 'by:ada' }), has({ id: 'controller' }), has({ id: 'agent:a1' })], items: [has({ from: 'by:ada', to: 'controller', text: 'handed in' }), has({ from: 'controller', to: 'agent:a1', kind: 'assign' })], next: expect.any(Number) as unknown }) },
  { ask: ['GET', '/api/v1/sub-transactions/none/messages'], status: 404, has: problem('unknown', 'There is no sub-transaction "none"') },
  { ask: ['GET', '/api/v1/machines'], status: 200, has: has({ items: some({ name: 'lease', whence: 'told', counts: { held: 2, late: 0, expired: 0 } }), next: null }) },
  { ask: ['GET', '/api/v1/machines/agentConnection'], status: 200, has: has({ name: 'agentConnection', whence: 'journal', definition: has({ initial: 'reconciling' }), counts: has({ suspect: 0, lost: 0 }) }) },
  { ask: ['GET', '/api/v1/machines/leas'], status: 404, has: problem('unknown', 'There is no statechart "leas"; do you mean "lease"?') },
  { ask: ['GET', '/api/v1/machines/subTransaction/actors?state=failed'], status: 200, has: list(has({ about: 'subTransaction', id: 'bad', state: 'failed', attempt: 1, at: expect.any(String) as unknown })) },
  { ask: ['GET', '/api/v1/machines/job/actors?state=finished&limit=1'], status: 200, has: has({ items: [has({ about: 'job', id: 'thumbs' })] }) },
  { ask: ['GET', '/api/v1/machines/controller/actors'], status: 200, has: list(has({ about: 'controller', state: 'active' })) },
  { ask: ['GET', '/api/v1/machines/lease/actors?state=dead'], status: 400, has: problem('badRequest', 'it may be held, late, expired') },
  { ask: ['GET', '/api/v1/named?prefix=ca'], status: 200, has: list({ kind: 'subTransaction', name: 'cat' }) },
  { ask: ['GET', '/api/v1/named?prefix=a%2F'], status: 200, has: { items: [], next: null } },
  { ask: ['GET', '/api/v1/named/a1'], status: 200, has: has({ kind: 'agent', id: 'a1' }) },
  { ask: ['GET', '/api/v1/named/none'], status: 404, has: problem('unknown', 'There is no job, sub-transaction or agent "none"') },
  { ask: ['GET', '/api/v1/history?job=thumbs&kind=job.started,job.finished'], status: 200, has: list(has({ kind: 'job.started', by: 'ada' }), has({ kind: 'job.finished' })) },
  { ask: ['GET', '/api/v1/history?from=yesterday'], status: 400, has: problem('badRequest', 'from must be an instant') },
  { ask: ['GET', '/api/v1/history?from=2030-01-02&to=2030-01-01T00:00:00Z'], status: 400, has: problem('invalidSetting', 'must end after it begins') },
  { ask: ['GET', '/api/v1/handlers'], status: 200, has: has({ items: some({ name: 'resize', version: null, agents: 1 }), next: null }) },
  { ask: ['POST', '/api/v1/handlers/cook-*', { config: { maxRetries: 3, properties: { dpi: 300 } }, after: 0 }], status: 200, has: has({ name: 'cook-*', version: 1, by: 'ada', config: { maxRetries: 3, properties: { dpi: 300 } } }) },
  { ask: ['POST', '/api/v1/handlers/cook-*', { config: {}, after: 0 }], status: 409, has: problem('outOfStep', 'is at version 1, not 0') },
  { ask: ['POST', '/api/v1/handlers/cook-*', { config: { maxRetries: -1 } }], status: 400, has: problem('invalidSetting', 'maxRetries of the configuration of handler "cook-*" is -1') },
  { ask: ['POST', '/api/v1/handlers/cook-*', { config: [] }], status: 400, has: problem('badRequest', 'config of the body must be an object.') },
  { ask: ['GET', '/api/v1/handlers/cook-*'], status: 200, has: has({ version: 1, versions: [has({ version: 1 })] }) },
  { ask: ['GET', '/api/v1/handlers/cook-*?version=2'], status: 404, has: problem('unknown', 'has no version 2') },
  { ask: ['POST', '/api/v1/handlers/cook-*/remove', {}], status: 200, has: has({ version: 2, config: null }) },
  { ask: ['POST', '/api/v1/handlers/cook-*/remove', {}], status: 404, has: problem('unknown', 'has no configuration') },
  { ask: ['GET', '/api/v1/nothing'], status: 404, has: problem('noRoute', 'There is nothing at /api/v1/nothing') },
  { ask: ['POST', '/api/v1/agents', {}], status: 405, has: problem('methodNotAllowed', 'POST is not possible here; use GET.') },
  { ask: ['GET', '/api/v1/jobs/thumbs/stop'], status: 405, has: problem('methodNotAllowed', 'use POST.') },

  { ask: ['POST', '/api/v1/jobs', { name: 'album-*', source: { kind: 'pictures', count: 2 } }], status: 201, has: { name: 'album-*', generation: 1, resumed: false, taken: 0 } },
  { ask: ['POST', '/api/v1/jobs', { name: 'fed-*', source: sourceId }], status: 201, has: { name: 'fed-*', generation: 1, resumed: false, taken: 0 } },
  { ask: ['POST', '/api/v1/jobs', { name: 'fed-*', source: { ...sourceId, id: 'sha256:01' } }], status: 409, has: problem('jobTaken', 'is taken by a run that is running') },
  { ask: ['POST', '/api/v1/jobs', { source: sourceId }], status: 400, has: problem('badRequest', 'The body lacks "name"') },
  { ask: ['POST', '/api/v1/jobs', { name: 'x', source: { kind: 'items', id: '' } }], status: 400, has: problem('badRequest', 'source of the body must be') },
  { ask: ['POST', '/api/v1/jobs', { name: 'x', source: { kind: 'picture' } }], status: 400, has: problem('badRequest', 'do you mean "pictures"?') },
  { ask: ['POST', '/api/v1/jobs', { name: 'x', source: { kind: 'pictures' } }], status: 500, has: problem('internal', 'its log says what') },
  { ask: ['POST', '/api/v1/jobs', { name: 'a b', source: sourceId }], status: 400, has: problem('invalidId', 'Try "a-b".') },
  { ask: ['POST', '/api/v1/jobs', { nam: 'x', source: sourceId }], status: 400, has: problem('badRequest', 'The body has "nam", which is not known; do you mean "name"?') },
  { ask: ['POST', '/api/v1/jobs/fed-*/items', { ...batch, ended: false }], status: 200, has: { taken: 1 } },
  { ask: ['POST', '/api/v1/jobs/fed-*/items', { ...batch, ended: false }], status: 200, has: { taken: 1 } },
  { ask: ['POST', '/api/v1/jobs/fed-*/items', { ...batch, after: 5 }], status: 409, has: problem('outOfStep', 'has taken over 1 items, not 5') },
  { ask: ['POST', '/api/v1/jobs/fed-*/items', { ...batch, after: 1, items: [work, { ...work, handler: 'resiz' }] }], status: 400, has: problem('badRequest', 'Item 3: There is no handler "resiz"; do you mean "resize"?') },
  { ask: ['POST', '/api/v1/jobs/fed-*/items', { ...batch, after: 1, items: [{ handler: 'picky', input: { n: 'x' } }] }], status: 400, has: problem('invalidInput', 'Item 2: The input of handler "picky" does not fit') },
  { ask: ['POST', '/api/v1/jobs/fed-*/items', { ...batch, after: 1, items: [{ handler: 'picky' }] }], status: 400, has: problem('badRequest', 'items/0 of the body lacks "input".') },
  { ask: ['POST', '/api/v1/jobs/fed-*/items', { ...batch, generation: 7 }], status: 409, has: problem('notRunning', 'takes no more work') },
  { ask: ['POST', '/api/v1/jobs/fed-*/stop', {}], status: 200, has: has({ name: 'fed-*', stoppedBy: 'ada' }) },
  { ask: ['POST', '/api/v1/jobs/fed-*/stop', { now: true }], status: 400, has: problem('badRequest', 'send {}') },
  { ask: ['POST', '/api/v1/jobs/thumbs/retry', {}], status: 200, has: { retried: 0 } },
  { ask: ['POST', '/api/v1/jobs/none/retry', {}], status: 404, has: problem('unknown', 'There is no job "none"') },
  { ask: ['POST', '/api/v1/jobs', { name: 'again-*', source: sourceId, ticks: [{ everyMs: 3_600_000 }], misfire: 'once', preJob: { handler: 'resize', input: 1 } }], status: 201, has: has({ name: 'again-*' }) },
  { ask: ['POST', '/api/v1/jobs/again-*/cleanup', {}], status: 409, has: problem('jobTaken', 'stop it first') },
  { ask: ['POST', '/api/v1/jobs', { name: 'x', source: sourceId, ticks: [{ everyMs: 0 }] }], status: 400, has: problem('invalidSetting', 'The interval of a job') },
  { ask: ['POST', '/api/v1/jobs', { name: 'x', source: sourceId, ticks: [{}] }], status: 400, has: problem('invalidSetting', 'A schedule is an interval') },
  { ask: ['POST', '/api/v1/jobs', { name: 'x', source: sourceId, postJob: { handler: 'resiz' } }], status: 400, has: problem('badRequest', 'do you mean "resize"?') },
  { ask: ['POST', '/api/v1/jobs/none/cleanup', {}], status: 404, has: problem('unknown', 'There is no job "none"') },
  { ask: ['POST', '/api/v1/jobs', { name: 'gone-*', source: sourceId }], status: 201, has: has({ name: 'gone-*' }) },
  { ask: ['POST', '/api/v1/jobs/gone-*/stop', {}], status: 200, has: has({ state: 'stopped' }) },
  { ask: ['POST', '/api/v1/jobs/gone-*/cleanup', {}], status: 200, has: { name: 'gone-*' } },
  { ask: ['POST', '/api/v1/jobs/gone-*/cleanup', {}], status: 200, has: { name: 'gone-*' } },
  { ask: ['POST', '/api/v1/jobs/thumbs/stop', {}], status: 409, has: problem('ended', 'has ended already') },
  { ask: ['POST', '/api/v1/jobs/thumbs/stop'], status: 400, has: problem('badRequest', 'The body is empty') },
  { ask: ['POST', '/api/v1/sub-transactions', { ...work, id: 'dog-*', policy: { maxRetries: 1, onUnknown: 'retry' } }], status: 201, has: { id: 'dog-*', birth: expect.any(Number) as unknown } },
  { ask: ['POST', '/api/v1/sub-transactions', { ...work, id: 'dog-*' }], status: 409, has: problem('idTaken', 'is taken') },
  { ask: ['POST', '/api/v1/sub-transactions', { handler: 'elsewhere', input: [1, null], id: 'far-*' }], status: 201, has: has({ id: 'far-*' }) },
  { ask: ['POST', '/api/v1/sub-transactions', { handler: 'nowhere', input: 1 }], status: 400, has: problem('badRequest', 'known are elsewhere, endless, picky, resize.') },
  { ask: ['POST', '/api/v1/sub-transactions', { ...work, policy: { maxRetries: 101 } }], status: 400, has: problem('invalidHandler', 'maxRetries of handler "resize" is 101') },
  { ask: ['POST', '/api/v1/sub-transactions', { ...work, policy: { onUnknown: 'hope' } }], status: 400, has: problem('badRequest', 'policy/onUnknown of the body must be one of retry, park.') },
  { ask: ['POST', '/api/v1/sub-transactions', { ...work, input: 'x'.repeat(300_000) }], status: 400, has: problem('valueRefused', 'at most 256 KB') },
  { ask: ['POST', '/api/v1/sub-transactions', []], status: 400, has: problem('badRequest', 'The body must be an object.') },
  { ask: ['POST', '/api/v1/sub-transactions/bad/retry', {}], status: 200, has: has({ handler: 'picky', id: expect.stringMatching(/^picky-/) as unknown }) },
  { ask: ['POST', '/api/v1/sub-transactions/cat/cancel', {}], status: 200, has: has({ id: 'cat', state: 'done' }) },
  { ask: ['POST', '/api/v1/sub-transactions/cat/accept', {}], status: 409, has: problem('notParked', 'is done') },
  { ask: ['POST', '/api/v1/sub-transactions/cat/decide', { as: 'done' }], status: 409, has: problem('notParked', 'is done') },
  { ask: ['POST', '/api/v1/sub-transactions/none/decide', { as: 'redo', key: 'a' }], status: 404, has: problem('unknown', 'There is no sub-transaction "none"') },
  { ask: ['POST', '/api/v1/sub-transactions/cat/decide', { as: 'maybe' }], status: 400, has: problem('badRequest', 'as of the body must be one of done, redo.') },
  { ask: ['POST', '/api/v1/sub-transactions/none/give-up', {}], status: 404, has: problem('unknown', 'There is no sub-transaction "none"') },
  { ask: ['POST', '/api/v1/sub-transactions/yes-*/accept', {}], status: 200, has: has({ id: 'yes-*', state: 'done' }) },
  { ask: ['POST', '/api/v1/sub-transactions/no-*/give-up', {}], status: 200, has: has({ id: 'no-*', state: 'failed' }) },
  { ask: ['GET', '/api/v1/process-classes'], status: 200, has: has({ items: some({ name: 'default', isOfAll: true, obstacle: null, agents: some({ id: 'a1', state: 'connected', restingUntil: null }) }), next: null }) },
  { ask: ['POST', '/api/v1/process-classes', { classes: [{ name: 'fast', agents: ['a1', 'HTTP://h:1/'], maxProcesses: 3, waitMs: null }] }], status: 200, has: has({ items: [has({ name: 'fast', select: 'first', maxProcesses: 3, running: 0, waiting: 0, agents: [has({ id: 'a1' }), has({ id: null, address: 'http://h:1', state: null })] }), has({ name: 'default' })] }) },
  { ask: ['POST', '/api/v1/process-classes', { classes: [{ name: 'fast', select: 'last' }] }], status: 400, has: problem('invalidSetting', "Attribute 'select' is not 'first' or 'next': last.") },
  { ask: ['POST', '/api/v1/agents/a1/drain', { drain: false }], status: 200, has: has({ id: 'a1', draining: false }) },
  { ask: ['POST', '/api/v1/agents/none/drain', { drain: true }], status: 404, has: problem('unknown', 'There is no agent "none"') },
  { ask: ['POST', '/api/v1/agents/a1/drain', { drain: 1 }], status: 400, has: problem('badRequest', 'drain of the body must be true or false.') },
]; // prettier-ignore

const nameOf = ({ ask: [method, path, body] }: Row) =>
  `${method} ${path} ${body === undefined ? '' : JSON.stringify(body)}`.slice(0, 120);

/** What differs from asking to asking: instants, numbers of facts, what beats tell. */
const settled = (text: string) =>
  text
    .replace(/"(lagMs|heardAt)":[^,}]+/g, '"$1":…')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…')
    .replace(/\d+/g, '#');

/**
 * @param open gives the world, and its ways by name
 */
export function sameAnswers(
  open: () => Promise<{ readonly world: World; readonly ways: Readonly<Record<string, Way>> }>,
): void {
  it('is asked for every route there is', () => {
    const asked = ROWS.filter(({ status }) => status < 300).map(({ ask: [method, path] }) => ({
      method,
      path: path.split('?')[0]!.split('/'),
    }));
    for (const route of routes.filter(({ streams }) => !streams)) {
      const steps = route.path.split('/');
      // It takes a step whose end nobody knows: test/actors/steps.test.ts.
      if (steps.at(-1) === 'decide') continue;
      const isAsked = asked.some(
        ({ method, path }) =>
          method === route.method &&
          path.length === steps.length &&
          steps.every((step, index) => step === ':name' || step === path[index]),
      );
      // Of a parked one the retry is like that of an ended one.
      expect(isAsked, `${route.method} ${route.path}`).toBe(true);
    }
  });

  it('is answered the same, whichever way it is asked', async () => {
    const { world, ways } = await open();
    const names = Object.keys(ways);
    await world.park(names.flatMap((name) => [`yes-${name}`, `no-${name}`]));
    for (const row of ROWS) {
      const answers: Answer[] = [];
      for (const [name, way] of Object.entries(ways)) {
        const [method, path, sent] = row.ask;
        const text = sent === undefined ? undefined : JSON.stringify(sent).replaceAll('*', name);
        const {
          status,
          type,
          body: got,
        } = await way(method, path.replaceAll('*', name), text, 'ada');
        // What is asked over the transport is signed by it.
        const plain = got.replaceAll('ada via eve', 'ada').replaceAll(`-${name}`, '-*');
        const body = type.startsWith('text/') ? plain : (JSON.parse(plain) as unknown);
        expect({ status, body }, `${name}: ${nameOf(row)}`).toEqual({
          status: row.status,
          body: row.has,
        });
        if (status < 300) expect(wrongWith(method, path, body), nameOf(row)).toEqual([]);
        const good = row.ask[1] === '/metrics' ? /^text\/plain/ : /^application\/json/;
        expect(type).toMatch(status < 300 ? good : /^application\/problem\+json/);
        answers.push({ status, type, body: settled(plain) });
      }
      if (row.ask[0] === 'GET' || row.status >= 300) {
        for (const answer of answers) expect(answer, nameOf(row)).toEqual(answers[0]);
      }
    }
  });
}
