/** A process of its own that starts a nats-server, writes its port to stdout, and waits to be killed. */
import process from 'node:process';
import { startTestNatsIn } from '../nats.ts';

const { port } = await startTestNatsIn(process.argv[2]!);
process.stdout.write(`${port}\n`);
process.stdin.resume();
