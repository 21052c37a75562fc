/**
 * A process that holds the store in the directory it is given, says `durable` when its one append has
 * resolved, and then lives until it is killed (lmdb.test.ts).
 */
import { openLmdbStore } from '../../store/lmdb.ts';

const store = await openLmdbStore(process.argv[2] ?? '');
await store.append({ entries: ['entry'], writes: [{ put: 'key', value: 'value' }] }, { expect: 0 });
process.stdout.write('durable\n');
process.stdin.resume();
