/**
 * A process of its own that opens a NATS transport, writes each status to stdout (or why it does not open),
 * and closes it when its stdin ends. It has to end by itself: nothing of the transport may hold it.
 */
import process from 'node:process';
import { natsTransport } from '../../transport/nats.ts';

try {
  const transport = await natsTransport({ servers: process.argv[2]!, firstConnectMs: 300 });
  transport.onStatus((status) => process.stdout.write(`${status}\n`));
  process.stdin.on('end', () => void transport.close()).resume();
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
}
