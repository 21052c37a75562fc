/**
 * A process that hands a hundred thousand numbers over to a job in the store of the directory it is given, or
 * goes on with that, says how far it is, and lives until it is killed (enqueueing.test.ts).
 */
import { createController, defineHandler, memoryTransport, openStore } from '../../index.ts';

const count = Number(process.argv[3]);
const copy = defineHandler({ name: 'copy', run: (n: number) => n });

function* numbers() {
  for (let n = 0; n < count; n++) yield n;
}

const store = await openStore(process.argv[2] ?? '');
const controller = await createController({ transport: memoryTransport(), store });
const job = await controller.startJob({ name: 'many', handler: copy, items: numbers() });
process.stdout.write(`taken ${job.taken}\n`);
for await (const { total, sourceEnded } of job.progress()) {
  process.stdout.write(`${sourceEnded ? 'all' : 'some'} ${total}\n`);
}
