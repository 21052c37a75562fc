/** The JSON interface says the same by inject, over HTTP, and over the transport. */
import { afterEach, describe } from 'vitest';
import { closeAll } from '../index-world.ts';
import { sameAnswers } from './same-answers.ts';
import { askHttp, askInject, askTransport, openWorld } from './world.ts';

afterEach(closeAll);

describe('a request', () => {
  sameAnswers(async () => {
    const world = await openWorld();
    const { access, transport } = world;
    const ways = {
      inject: askInject(access),
      http: await askHttp(access),
      control: askTransport(access, { server: transport, client: transport }),
    };
    return { world, ways };
  });
});
