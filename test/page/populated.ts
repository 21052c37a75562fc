/**
 * Something to see in each view: work of every kind of state, a job that runs and one that has ended, an outage
 * that is over, an agent that is cut off, one that has died with work that a person must decide on.
 */
import { systemClock } from '../../actors/clock.ts';
import { createMemoryDisk, defineHandler, type Handler } from '../../index.ts';
import { becomes, connectionOf, type System } from './system.ts';

const SCENES = [
  'harbour',
  'night-train',
  'orchard',
  'rooftops',
  'snow',
  'market',
  'pier',
  'attic',
  'bridge',
  'well',
];

/** Sends letters: whether one has left when its agent died, nobody knows. */
const letter = defineHandler<{ to: string }, never>({
  name: 'letter',
  maxRetries: 0,
  run: ({ to }, task) => {
    task.log(`writing to ${to}`);
    return new Promise<never>((_resolve, reject) =>
      task.signal.addEventListener('abort', () => reject(new Error('stopped'))),
    );
  },
});

/** Takes its time, so that a job of it has a rate for as long as anybody looks. */
const copy = defineHandler<{ path: string }, null>({
  name: 'copy',
  run: () => new Promise((resolve) => systemClock.after(COPY_MS, () => resolve(null))),
});
const COPY_MS = 500;
const COPIES = 2_000;

/** Resolves when all of it is on record. Agents a1 and a2 are there before. */
export async function populate(system: System): Promise<void> {
  const { controller, work } = system;
  const [render, resize, picky, flaky] = work.handlers as [Handler, Handler, Handler, Handler];
  const thumbs = Array.from({ length: 12 }, (_, n) => ({
    handler: n === 7 ? picky : resize,
    input: { path: `pictures/${n}.jpg` },
  }));
  const job = await controller.startJob({
    name: 'thumbs',
    source: 'pictures',
    by: 'ada',
    items: thumbs,
  });
  await job.ended;
  await controller.accept(flaky, null, { id: 'mail-list', by: 'grace' });
  await becomes(() => stateOf(system, 'mail-list') === 'done');
  await controller.startJob({
    name: 'film',
    source: 'scenes.ndjson',
    by: 'ada',
    items: SCENES.map((scene) => ({ handler: render, input: { scene }, id: `film-${scene}` })),
  });
  await parkLetters(system);
  await becomes(() => isOut(system, 'film-harbour'));
  system.cut('a2');
  await becomes(() => connectionOf(system, 'a2') === 'suspect');
  system.heal();
  await becomes(() => connectionOf(system, 'a2') === 'reconciled');
  const depot = [copy] as unknown as readonly Handler[];
  for (const id of ['depot-1', 'depot-2']) await system.join(id, depot);
  await controller.startJob({
    ...{ name: 'archive', source: 'shelves', by: 'grace' },
    handler: copy,
    items: Array.from({ length: COPIES }, (_, n) => ({ path: `shelf/${n}.tar` })),
  });
  work.finish('film-harbour');
  await becomes(() => stateOf(system, 'film-harbour') === 'done');
  await becomes(() => connectionOf(system, 'depot-2') === 'connected');
  system.cut('depot-2');
  await becomes(() => connectionOf(system, 'depot-2') === 'suspect');
}

/** Their agent dies with them and comes back. */
async function parkLetters(system: System): Promise<void> {
  const { controller } = system;
  const disk = createMemoryDisk();
  const handlers = [letter] as unknown as readonly Handler[];
  const a3 = await system.join('a3', handlers, disk);
  const ids = ['letter-to-ada', 'letter-to-grace'];
  for (const id of ids) await controller.accept(letter, { to: id.slice(10) }, { id, by: 'grace' });
  await becomes(() => ids.every((id) => isOut(system, id)));
  await a3.close();
  disk.crash();
  await system.join('a3', handlers, disk);
  await becomes(() => ids.every((id) => stateOf(system, id) === 'parked'));
}

/** An agent has it. */
const isOut = (system: System, id: string) =>
  ['received', 'inProgress'].includes(stateOf(system, id) ?? '');

function stateOf({ controller }: System, id: string): string | undefined {
  const shown = controller.show(id);
  return shown.kind === 'subTransaction' ? shown.state : undefined;
}
