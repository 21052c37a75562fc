/** The client of a controller, under virtual time, against a server of the test's own. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import {
  controlAnswers,
  controlRequests,
  createControlClient,
  LONGEST_REQUEST_MS,
  type ControlAnswer,
  type ControlCall,
  type ControlRequest,
} from '../../transport/control.ts';
import { MAX_FRAME_BYTES } from '../../transport/codec.ts';
import { InvalidId } from '../../transport/ids.ts';
import { memoryTransport } from '../../transport/memory.ts';
import { allControls, reply } from '../../transport/subjects.ts';
import { TransportError } from '../../transport/transport.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (body: Uint8Array) => new TextDecoder().decode(body);

function open(answer: (request: ControlRequest, nth: number) => Partial<ControlAnswer> | null) {
  const clock = createVirtualClock();
  const transport = memoryTransport({ after: (ms, wake) => clock.after(ms, wake) });
  const heard: ControlRequest[] = [];
  transport.subscribe(allControls('lab'), (frame, subject) => {
    const decoded = controlRequests.decode(frame);
    if (!decoded.ok) throw new Error(decoded.why);
    const { id } = decoded.frame;
    heard.push(decoded.frame);
    const told = answer(decoded.frame, heard.length);
    if (!told) return;
    const whole = { v: 1, id, status: 200, type: 'text/plain', body: bytes('ok'), gzip: false };
    const client = subject.split('.').at(-1)!;
    transport.publish(
      reply('lab', client),
      controlAnswers.encode({ ...whole, ...told } as ControlAnswer),
    );
  });
  let ids = 0;
  const newClient = (client: string) =>
    createControlClient({ transport, clock, namespace: 'lab', client, newId: () => `id${++ids}` });
  return { clock, transport, heard, newClient };
}

const jobs: ControlCall = { method: 'GET', path: '/api/v1/jobs' };
const within = { timeoutMs: 5_000 };

describe('the control client', () => {
  it('asks and is answered', async () => {
    const { clock, heard, newClient } = open(() => ({ status: 404, body: bytes('none') }));
    const asked = newClient('eve').request(
      { method: 'POST', path: '/a?b=c', body: bytes('{}'), by: 'ada' },
      within,
    );
    await clock.settle();
    const { status, type, body } = await asked;
    expect({ status, type, body: textOf(body) }).toEqual({
      status: 404,
      type: 'text/plain',
      body: 'none',
    });
    expect(heard).toEqual([
      { v: 1, id: 'id1', method: 'POST', path: '/a?b=c', by: 'ada', body: bytes('{}') },
    ]);
    expect(clock.nextAt()).toBeUndefined();
  });

  it('repeats what is not answered each second, under the same id', async () => {
    const { clock, heard, newClient } = open((_request, nth) => (nth < 4 ? null : {}));
    const asked = newClient('eve').request(jobs, within);
    await clock.advance(2_999);
    expect(heard).toHaveLength(3);
    await clock.advance(1);
    expect(textOf((await asked).body)).toBe('ok');
    expect(new Set(heard.map(({ id }) => id))).toEqual(new Set(['id1']));
    await clock.advance(10_000);
    expect(heard).toHaveLength(4);
  });

  it('says at the end of its time that nobody answers', async () => {
    const { clock, heard, newClient } = open(() => null);
    const asked = newClient('eve').request(jobs, within);
    const failed = expect(asked).rejects.toMatchObject({
      name: 'TransportError',
      retryable: true,
      message:
        'No controller answers in the namespace "lab" within 5 s: start one, or name another namespace.',
    });
    await clock.advance(5_000);
    await failed;
    const { length } = heard;
    await clock.advance(10_000);
    expect(heard).toHaveLength(length);
  });

  it('lasts no longer than its answer is kept, also when the host was suspended', async () => {
    const { clock, transport, heard } = open(() => null);
    let suspendedMs = 0;
    const client = createControlClient({
      ...{ transport, namespace: 'lab', client: 'eve', newId: () => 'id1' },
      clock: {
        elapsed: () => clock.elapsed() + suspendedMs,
        after: (ms, wake) => clock.after(ms, wake),
      },
    });
    const late = expect(client.request(jobs, within)).rejects.toThrow('within 5 s');
    await clock.settle();
    suspendedMs = 3_600_000;
    await clock.advance(1_000);
    await late;
    expect(heard).toHaveLength(1);
    const longer = { timeoutMs: LONGEST_REQUEST_MS + 1 };
    await expect(client.request(jobs, longer)).rejects.toThrow(RangeError);
  });

  it('takes each answer for the request that it is to', async () => {
    const { clock, newClient } = open(({ path }) => ({ body: bytes(path) }));
    const [one, two] = [newClient('eve'), newClient('eve')];
    const paths = ['/1', '/2', '/3', '/4'];
    const asked = paths.map((path, n) =>
      (n % 2 === 0 ? one : two).request({ method: 'GET', path }, within),
    );
    await clock.settle();
    expect((await Promise.all(asked)).map(({ body }) => textOf(body))).toEqual(paths);
  });

  it('unpacks what was too large for a frame', async () => {
    const large = 'x'.repeat(2_000_000);
    const { clock, newClient } = open(() => ({ gzip: true, body: gzipSync(large) }));
    const asked = newClient('eve').request(jobs, within);
    await clock.settle();
    expect(textOf((await asked).body)).toBe(large);
  });

  it.each([
    ['no gzip at all', () => bytes('x')],
    ['more than it may be', () => gzipSync(Buffer.alloc(65 * 1024 * 1024))],
  ])('refuses to unpack %s', async (_what, body) => {
    const { clock, newClient } = open(() => ({ gzip: true, body: body() }));
    const asked = newClient('eve').request(jobs, within);
    const failed = expect(asked).rejects.toThrow(/cannot be unpacked/);
    await clock.settle();
    await failed;
  });

  it.each<readonly [string, Partial<ControlCall>]>([
    ['a path of another host', { path: '//evil/x' }],
    ['a path that is none', { path: 'jobs' }],
    ['a path with a backslash', { path: '/\\x' }],
    ['a path with a line end', { path: '/a\r\nb: c' }],
    ['a path that is too long', { path: `/${'x'.repeat(4_096)}` }],
    ['a name with a line end', { by: 'ada\n' }],
    ['a name that is empty', { by: '' }],
    ['a body that is too large', { body: new Uint8Array(MAX_FRAME_BYTES) }],
  ])('does not send %s', async (_what, change) => {
    const { clock, heard, newClient } = open(() => ({}));
    await expect(newClient('eve').request({ ...jobs, ...change }, within)).rejects.toThrow(
      TransportError,
    );
    await clock.advance(10_000);
    expect(heard).toEqual([]);
  });

  it('has a name that is legal', () => {
    const { newClient } = open(() => null);
    for (const name of ['', '*', '>', 'a.b', 'a b']) {
      expect(() => newClient(name)).toThrow(InvalidId);
    }
  });

  it('gives up what is under way when it is closed', async () => {
    const { clock, heard, newClient } = open(() => null);
    const client = newClient('eve');
    const asked = client.request(jobs, within);
    await clock.settle();
    client.close();
    await expect(asked).rejects.toMatchObject({ retryable: true });
    await expect(client.request(jobs, within)).rejects.toThrow(TransportError);
    await clock.advance(10_000);
    expect(heard).toHaveLength(1);
    expect(clock.nextAt()).toBeUndefined();
  });

  it('says that the transport is closed', async () => {
    const { clock, transport, newClient } = open(() => null);
    const client = newClient('eve');
    await transport.close();
    await expect(client.request(jobs, within)).rejects.toThrow('The memory transport is closed');
    expect(clock.nextAt()).toBeUndefined();
  });
});
