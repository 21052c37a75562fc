/**
 * The attack list against a real nats-server with the configuration that `lifeline nats-config` prints.
 *
 *   attacker ──raw bytes──▶ server ──▶ witnesses: whoever may hear something, listens
 *
 * An attack is refused when the server says so or ends the connection, the attacker hears nothing of what
 * is said afterwards, and no witness hears anything but the legitimate steps that are then taken.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNkey } from '../../transport/nats-keys.ts';
import { attacksOf, INSIDERS, type Attack, type Insider } from './attacks.ts';
import { GuardedServer } from './guarded-server.ts';
import { RawNats } from './raw-nats.ts';

let server: GuardedServer;
beforeAll(async () => {
  server = await GuardedServer.start();
});
afterAll(() => server.close());

/** Takes the attack and then every legitimate step; returns what came of it. */
async function outcomeOf(attacker: RawNats, { wire }: Pick<Attack, 'wire'>) {
  try {
    attacker.write(wire);
    await attacker.flush();
    const heardByWitnesses = await server.unexpected();
    if (!attacker.isClosed) await attacker.flush();
    const { isClosed, errors, messages } = attacker;
    return { isClosed, errors, heardByAttacker: messages, heardByWitnesses };
  } finally {
    attacker.close();
  }
}

const insiders = (Object.keys(INSIDERS) as Insider[]).flatMap((insider) =>
  attacksOf(insider).map((attack) => [insider, attack.name, attack] as const),
);

describe('the printed configuration refuses', () => {
  it.each(insiders)('%s: %s', async (insider, _name, attack) => {
    const outcome = await outcomeOf(await server.login(insider), attack);
    const own = { subject: INSIDERS[insider].own, text: 'evil' };
    expect(outcome.heardByAttacker).toEqual([]);
    expect(outcome.heardByWitnesses).toEqual(attack.met === 'void' ? { controller: [own] } : {});
    if (attack.met === 'void') expect(outcome).toMatchObject({ isClosed: false, errors: [] });
    if (attack.met === 'ended') expect(outcome.isClosed).toBe(true);
    if (attack.met === 'denied') {
      expect(outcome.isClosed).toBe(false);
      expect(outcome.errors).toEqual([expect.stringMatching(/^Permissions Violation for /)]);
    }
  });
});

/** Ways to come in without a key that the server knows. */
const STRANGERS: Readonly<Record<string, () => Promise<RawNats>>> = {
  'one who does not say who it is': () => server.open(),
  'one without credentials': async () => saying({}),
  'one with a user and a password': async () => saying({ user: 'controller', pass: 'controller' }),
  'one with a token': async () => saying({ auth_token: 'controller' }),
  'one with a key of its own': () => RawNats.login(server.nats.port, createNkey().seed),
  'one with a public key and no signature': async () => saying({ nkey: publicKey() }),
  'one with a signature of another nonce': () =>
    RawNats.login(server.nats.port, server.seedOf('a1'), 'AAAAAAAAAAAAAAA'),
};

async function saying(credentials: object): Promise<RawNats> {
  const raw = await server.open();
  raw.say(credentials);
  return raw;
}

const publicKey = () => /nkey: (U\w+)/.exec(server.config)![1]!;

describe('the printed configuration lets in no stranger', () => {
  it.each(Object.keys(STRANGERS))('%s', async (stranger) => {
    const attacks = attacksOf('a1');
    const denied = attacks.filter(({ met }) => met === 'denied').map(({ wire }) => String(wire));
    const others = attacks.filter(({ met }) => met !== 'denied').map(({ wire }) => wire);
    for (const wire of [denied.join(''), ...others]) {
      const outcome = await outcomeOf(await STRANGERS[stranger]!(), { wire });
      expect(outcome).toMatchObject({
        isClosed: true,
        heardByAttacker: [],
        heardByWitnesses: {},
      });
    }
  });
});

describe('the printed configuration', () => {
  it('allows every step of the protocol', async () => {
    expect(await server.unexpected()).toEqual({});
  });

  it('lets a whole frame through', async () => {
    const agent = await server.login('a1');
    const text = 'x'.repeat(900_000);
    agent.publish('acme.from.a1', text);
    await agent.flush();
    expect(await server.unexpected()).toEqual({ controller: [{ subject: 'acme.from.a1', text }] });
    expect(agent.errors).toEqual([]);
    agent.close();
  });

  it('counts the subscriptions of a connection, so that nobody multiplies what is sent to it', async () => {
    const agent = await server.login('a1');
    for (let i = 0; i < 100; i++) agent.subscribe('acme.to.a1');
    await agent.flush();
    await server.unexpected();
    await agent.flush();
    expect(agent.messages).toHaveLength(16);
    agent.close();
  });
});
