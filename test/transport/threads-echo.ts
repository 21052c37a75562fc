/** A thread that answers on `lab.from.a1` what it hears on `lab.to.a1`, with the size of its memory. */
import { parentPort } from 'node:worker_threads';
import { threadTransport } from '../../transport/threads.ts';

const transport = threadTransport('echo');
transport.subscribe('lab.to.a1', (bytes) => {
  const text = `${new TextDecoder().decode(bytes)} of ${bytes.buffer.byteLength} bytes`;
  transport.publish('lab.from.a1', new TextEncoder().encode(text));
});
transport.publish('lab.ready', new Uint8Array(0));
// The channel alone keeps no thread alive.
parentPort!.on('message', () => {});
