/**
 * The stage of a chaos run: a broker, a controller and agents as processes of the built CLI, each behind a
 * cable of its own and started again when it ends.
 *
 *   controller ──cable──▶ nats-server ◀──cable── agent a1, a2 …
 *        ▲                                          └── tasks ──▶ directory/work: ledger, locks
 *        └── HTTP: fed and watched past all cables
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock as clock } from '../../actors/clock.ts';
import { createGuard } from '../../handlers/guard.ts';
import { startTestNats, type TestNats } from '../nats.ts';
import { openCable, type Cable } from './cable.ts';
import { openDisks, type Disks } from './disks.ts';
import { HANDOVER_MS } from './schedule.ts';
import { supervise, type Supervised } from './supervised.ts';
import { HANDLERS } from './work.ts';

export const timing = { periodMs: 1_000, delayMs: 300, timeoutMs: 6_000 } as const;

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** What controllers alone have as a setting. */
const ENV = { LIFELINE_HANDOVER: `${HANDOVER_MS}ms` };
const ASKED_WITHIN_MS = 3_000;

export interface Seat {
  readonly id: string;
  readonly node: Supervised;
  readonly cable: Cable;
  /** Its directory, as nodes see it. */
  readonly data: string;
}

export interface Stage {
  readonly directory: string;
  /** Where tasks write what they do. */
  readonly work: string;
  readonly nats: TestNats;
  readonly controller: Seat;
  readonly agents: readonly Seat[];
  /** Undefined where this host allows none. */
  readonly disks: Disks | undefined;
  /** A path of a node's data, as this process sees it. */
  seen(path: string): string;
  agent(id: string): Seat;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: object): Promise<T>;
  /** Takes all down, in order where that is possible. */
  close(): Promise<void>;
}

/** @param directory an empty one, for this run alone */
export async function openStage(
  directory: string,
  agentIds: readonly string[],
  slots: number,
): Promise<Stage> {
  const guard = createGuard();
  const work = join(directory, 'work');
  const dataOf = (id: string) => join(directory, 'disks', id);
  const names = ['controller', ...agentIds];
  mkdirSync(join(work, 'locks'), { recursive: true });
  for (const name of names) mkdirSync(dataOf(name), { recursive: true });
  const nats = await startTestNats();
  const disks = await openDisks(names.map(dataOf), guard);
  const seen = (path: string) => disks?.seen(path) ?? path;

  const seat = async (id: string, verb: readonly string[]): Promise<Seat> => {
    const cable = await openCable(nats.port);
    const flags = [
      ...['--nats', `nats://127.0.0.1:${cable.port}`, '--data', dataOf(id), '--json'],
      ...['--period', `${timing.periodMs}ms`, '--delay', `${timing.delayMs}ms`],
      ...['--timeout', `${timing.timeoutMs}ms`, '--handlers', HANDLERS],
    ];
    const node = [process.execPath, CLI, ...verb, ...flags];
    const [command = '', ...args] = [...(disks?.inside ?? []), ...node];
    const said = join(directory, `${id}.log`);
    const supervised = supervise(id, [command, ...args], ENV, said, guard);
    return { id, node: supervised, cable, data: dataOf(id) };
  };
  const controller = await seat('controller', ['controller', '--port', '0']);
  const agents = await Promise.all(
    agentIds.map((id) =>
      seat(id, ['agent', '--id', id, '--slots', String(slots), '--allow-shell']),
    ),
  );
  const ask = async <T>(path: string, init: RequestInit): Promise<T> => {
    const url = controller.node.ready?.url;
    if (url === undefined) throw new Error('The controller is not there.');
    const late = new AbortController();
    const cancel = clock.after(ASKED_WITHIN_MS, () => late.abort());
    try {
      const answer = await fetch(`${url}/api/v1/${path}`, { ...init, signal: late.signal });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as T;
    } finally {
      cancel();
    }
  };
  return {
    directory,
    work,
    nats,
    controller,
    agents,
    disks,
    seen,
    agent: (id) => agents.find((one) => one.id === id)!,
    get: (path) => ask(path, {}),
    post(path, body) {
      const token = readFileSync(join(seen(controller.data), 'token'), 'utf8').trim();
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      return ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
    },
    async close() {
      const seats = [...agents, controller];
      await Promise.all(seats.map(({ node }) => node.down('SIGKILL')));
      await Promise.all(seats.map(({ cable }) => cable.close()));
      await nats.close();
      await disks?.close();
      await guard.close();
    },
  };
}
