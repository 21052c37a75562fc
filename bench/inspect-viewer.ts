/** Whoever looks, for inspect.ts: connects when it is told `true`, leaves when it is told `false`, and counts. */
import { once } from 'node:events';
import { WebSocket, type RawData } from 'ws';
import type { Message } from '../dashboard/inspector/message.ts';

const url = process.argv[2]!.replace('http', 'ws');
let [messages, leftOut] = [0, 0];
let socket: WebSocket | undefined;

process.on('message', (looks: boolean) => {
  void (looks ? come() : leave()).then(() => process.send!({ messages, leftOut }));
});

async function come(): Promise<void> {
  socket = new WebSocket(url);
  socket.on('message', (data: RawData) => {
    messages++;
    const message = JSON.parse((data as Buffer).toString()) as Message;
    if (message.type !== '@xstate.event' || message.event.type !== 'leftOut') return;
    leftOut += message.event['facts'] as number;
  });
  await once(socket, 'open');
}

async function leave(): Promise<void> {
  socket!.close();
  await once(socket!, 'close');
}
