/**
 * The checker finds each thing that must not be: a run that holds is spoilt in one place at a time, in the
 * ledger, in the controller's store, in an agent's store and in its spool.
 */
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, describe, it } from 'vitest';
import { agentKey } from '../../actors/agent-records.ts';
import { key, under } from '../../actors/records.ts';
import { systemClock } from '../../actors/clock.ts';
import { createAgent, createController, defineHandler, memoryTransport } from '../../index.ts';
import { openLmdbStore } from '../../store/lmdb.ts';
import type { Value, Write } from '../../store/store.ts';
import { check, type Finding } from './checker.ts';
import { ledgerOf, parseLedger } from './ledger.ts';
import { outputOf } from './work.ts';

const home = mkdtempSync(join(tmpdir(), 'lifeline-checker-'));
const at = (name: string) => join(home, name);
const IDS = ['t1', 't2', 't3'];

beforeAll(async () => {
  const task = defineHandler({
    name: 'inline',
    run(_, { id, fence, ...task }) {
      const token = `${fence.birth}-${fence.attempt}`;
      for (const word of ['begin', 'end']) {
        appendFileSync(at('ledger'), `${word} ${id} ${token} 1763786000.123456 7\n`);
      }
      for (const line of outputOf(id, token).trimEnd().split('\n')) task.log(line);
      return null;
    },
  });
  const transport = memoryTransport();
  const stores = [await openLmdbStore(at('good-c')), await openLmdbStore(at('good-a'))] as const;
  const controller = await createController({ transport, store: stores[0] });
  const spool = join(at('good-a'), 'spool');
  const agent = await createAgent({
    id: 'a1',
    transport,
    store: stores[1],
    spool,
    handlers: [task],
  });
  await Promise.all(IDS.map((id) => controller.submit(task, null, { id })));
  await agent.leave();
  const hasForgotten = () => agent.isSettled && [...stores[1].range(under('task'))].length === 0;
  while (!hasForgotten()) await new Promise<void>((go) => void systemClock.after(5, go));
  for (const one of [agent, controller, ...stores, transport]) await one.close();
});
beforeEach(() => {
  for (const part of ['c', 'a']) {
    rmSync(at(part), { recursive: true, force: true });
    cpSync(at(`good-${part}`), at(part), { recursive: true });
  }
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function write(part: 'c' | 'a', writes: readonly Write[], entries: readonly Value[] = []) {
  const store = await openLmdbStore(at(part));
  await store.append({ entries, writes }, { expect: store.position() });
  await store.close();
}

async function firstOf(part: 'c' | 'a', table: string): Promise<readonly [string, Value]> {
  const store = await openLmdbStore(at(part));
  const [first] = [...store.range(under(table))];
  await store.close();
  return first!;
}

async function found(change: (ledger: string) => string = (ledger) => ledger) {
  const ledger = ledgerOf(parseLedger(change(readFileSync(at('ledger'), 'utf8'))));
  const { findings, ...totals } = await check({
    controller: at('c'),
    agents: new Map([['a1', at('a')]]),
    ledger,
  });
  return { totals, sights: findings.map(({ sight }: Finding) => sight) };
}

describe('the checker', () => {
  it('finds nothing in a run that holds', async () => {
    const { totals, sights } = await found();
    expect(sights).toEqual([]);
    expect(totals).toMatchObject({ accepted: 3, done: 3, attempts: 3 });
    expect(totals.logBytes).toBeGreaterThan(300);
  });

  it('finds work that is done on record and in the ledger is not', async () => {
    const { sights } = await found((ledger) => ledger.replace(/^end t2 .*\n/m, ''));
    expect(sights).toEqual(['untrue']);
  });

  it('finds a fence that was begun twice', async () => {
    const { sights } = await found((ledger) => ledger + /^begin t1 .*\n/m.exec(ledger)![0]);
    expect(sights).toEqual(['again']);
  });

  it('finds two at the same moment', async () => {
    const { sights } = await found((ledger) => ledger.replace(/^begin t1/m, 'overlap t1'));
    expect(sights).toEqual(['overlap']);
  });

  it('finds work that has not come to rest', async () => {
    const [sub, row] = await firstOf('c', 'sub');
    const fields = (row as readonly Value[]).map((field) => (field === 'done' ? 'sent' : field));
    await write('c', [{ put: sub, value: fields }]);
    expect((await found()).sights).toContain('unended');
  });

  it('finds output that is missing, and output that is there twice', async () => {
    const [chunk, bytes] = await firstOf('c', 'log');
    const log = bytes as Uint8Array;
    await write('c', [{ put: chunk, value: log.slice(0, log.length - 70) }]);
    expect((await found()).sights).toEqual(['log']);
    await write('c', [{ put: chunk, value: Uint8Array.from([...log, ...log]) }]);
    expect((await found()).sights).toEqual(['log']);
  });

  it('finds a second result', async () => {
    const store = await openLmdbStore(at('c'));
    const entries = [...store.read(1)];
    await store.close();
    const [n, done] = entries.findLast(([, entry]) => (entry as readonly Value[])[1] === 'done')!;
    const again = (done as readonly Value[]).map((field, index) => (index === 3 ? n : field));
    const id = again[4] as string;
    const birth = Number(/\d+/.exec(again[2] as string)![0]);
    expect(IDS).toContain(id);
    const reader = await openLmdbStore(at('c'));
    const row = reader.get(key.sub(birth)) as readonly Value[];
    const next = reader.position() + 1;
    await reader.close();
    const moved = row.map((field) => (field === n ? next : field));
    await write('c', [{ put: key.sub(birth), value: moved }], [again]);
    expect((await found()).sights).toEqual(['accepted']);
  });

  it('finds a second intent, and what an agent still owes', async () => {
    const store = await openLmdbStore(at('a'));
    const intent = [...store.read(1)].find(([, entry]) => {
      return (entry as { readonly kind: string }).kind === 'intent';
    })![1];
    await store.close();
    const task = agentKey.task({ birth: 3, attempt: 1 });
    await write('a', [{ put: task, value: { birth: 3 } }], [intent]);
    writeFileSync(join(at('a'), 'spool', '3-1.log'), 'x');
    expect((await found()).sights).toEqual(['again', 'leftover', 'leftover']);
  });
});
