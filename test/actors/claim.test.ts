/** One controller per namespace, over a transport that others share, under virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { claimNamespace, NamespaceInUse, type NamespaceClaim } from '../../actors/claim.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import { memoryTransport } from '../../transport/memory.ts';
import { claim as claimOf } from '../../transport/subjects.ts';

const held: NamespaceClaim[] = [];
afterEach(() => held.splice(0).forEach((claim) => claim.release()));

function world() {
  const clock = createVirtualClock();
  const transport = memoryTransport({ after: (ms, wake) => clock.after(ms, wake) });
  const claim = (instance: string, namespace = 'lab') => {
    const claiming = claimNamespace({ transport, clock }, namespace, instance);
    const outcome: { claim?: NamespaceClaim; error?: unknown; lost?: unknown } = {};
    void claiming.then(
      (got) => {
        held.push(got);
        outcome.claim = got;
        void got.lost.then((why) => (outcome.lost = why));
      },
      (error: unknown) => (outcome.error = error),
    );
    return outcome;
  };
  return { clock, transport, claim };
}

describe('a claim on a namespace', () => {
  it('is granted where nobody is, and to another namespace beside it', async () => {
    const { clock, claim } = world();
    const [first, other] = [claim('b'), claim('a', 'other')];
    await clock.advance(1_000);
    expect(first.claim).toBeDefined();
    expect(other.claim).toBeDefined();
  });

  it('is refused while another holds it, and granted when that one has let go', async () => {
    const { clock, claim } = world();
    const first = claim('b');
    await clock.advance(60_000);
    const second = claim('a');
    await clock.advance(1_000);
    expect(second.error).toBeInstanceOf(NamespaceInUse);
    expect(second.error).toMatchObject({
      message:
        'The namespace "lab" has a controller already: stop that one first, or choose another with --namespace.',
    });
    expect(first.lost).toBeUndefined();
    first.claim!.release();
    const third = claim('c');
    await clock.advance(1_000);
    expect(third.claim).toBeDefined();
  });

  it('goes to exactly one of two that ask at the same time', async () => {
    const { clock, claim } = world();
    const [second, first] = [claim('b'), claim('a')];
    await clock.advance(1_000);
    expect(first.claim).toBeDefined();
    expect(second.error).toBeInstanceOf(NamespaceInUse);
  });

  it('is granted although the first two questions are lost', async () => {
    const { clock, transport, claim } = world();
    claim('a');
    await clock.advance(1_000);
    const heal = transport.faults.add({ subject: claimOf('lab'), cut: true });
    const second = claim('b');
    await clock.advance(350);
    heal();
    await clock.advance(1_000);
    expect(second.error).toBeInstanceOf(NamespaceInUse);
  });

  it('is lost by the later one of two that never heard each other before', async () => {
    const { clock, transport, claim } = world();
    const heal = transport.faults.add({ subject: claimOf('lab'), cut: true });
    const first = claim('b');
    await clock.advance(5_000);
    const second = claim('a');
    await clock.advance(5_000);
    expect([first.lost, second.lost]).toEqual([undefined, undefined]);
    heal();
    await clock.advance(10_000);
    expect(second.lost).toBeInstanceOf(NamespaceInUse);
    expect(first.lost).toBeUndefined();
  });

  it('is silent when its transport was closed under it', async () => {
    const { clock, transport, claim } = world();
    const first = claim('a');
    await clock.advance(1_000);
    await transport.close();
    await clock.advance(20_000);
    expect(first.lost).toBeUndefined();
  });

  it('heeds no garbage', async () => {
    const { clock, transport, claim } = world();
    const first = claim('a');
    for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 0x80), Uint8Array.of(9, 9)])
      transport.publish(claimOf('lab'), bytes);
    await clock.advance(1_000);
    expect(first.claim).toBeDefined();
  });
});
