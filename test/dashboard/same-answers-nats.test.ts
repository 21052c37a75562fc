/** The JSON interface says the same over a real nats-server, with a connection for each end. */
import { afterEach, describe } from 'vitest';
import { natsTransport } from '../../transport/nats.ts';
import { closeAll, keep } from '../index-world.ts';
import { startTestNats } from '../nats.ts';
import { sameAnswers } from './same-answers.ts';
import { askInject, askTransport, openWorld } from './world.ts';

afterEach(closeAll);

describe('a request over NATS', () => {
  sameAnswers(async () => {
    const nats = keep(await startTestNats());
    const server = keep(await natsTransport({ servers: nats.url }));
    const client = keep(await natsTransport({ servers: nats.url }));
    const world = await openWorld();
    const overNats = askTransport(world.access, { server, client });
    await server.flush();
    return { world, ways: { inject: askInject(world.access), nats: overNats } };
  });
});
