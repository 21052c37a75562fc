/**
 * A nats-server of our own: where it is looked for, how it is fetched (by tools that only pretend to be
 * apt), and that it starts, stops and dies as it should.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedNatsServer, fetchNatsServer } from '../../cli/nats-server-fetch.ts';
import { findNatsServer, startNatsServer } from '../../cli/nats-server.ts';
import { startTestNats } from '../nats.ts';

let home: string;
let tools: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'lifeline-nats-server-'));
  tools = join(home, 'tools');
  await mkdir(tools);
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function program(path: string, script: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

describe('a nats-server', () => {
  it('is the one in $NATS_SERVER, else on PATH, else in the cache', async () => {
    const env = { HOME: home, PATH: tools };
    expect(findNatsServer({ env })).toBeUndefined();
    const cached = await program(cachedNatsServer({ env }), '');
    expect(findNatsServer({ env })).toBe(cached);
    const onPath = await program(join(tools, 'nats-server'), '');
    expect(findNatsServer({ env })).toBe(onPath);
    const named = await program(join(home, 'mine'), '');
    expect(findNatsServer({ env: { ...env, NATS_SERVER: named } })).toBe(named);
  });

  it('is asked for anew when $NATS_SERVER names none', () => {
    const env = { HOME: home, PATH: tools, NATS_SERVER: join(home, 'nothing') };
    expect(() => findNatsServer({ env })).toThrow(
      `$NATS_SERVER is ${join(home, 'nothing')}, which is no program; name the binary of a nats-server.`,
    );
  });

  it('is kept where XDG_CACHE_HOME says, if that is a whole path', () => {
    const path = (cache: string) =>
      cachedNatsServer({ env: { HOME: home, XDG_CACHE_HOME: cache } });
    expect(path(tools).startsWith(`${tools}/lifeline/`)).toBe(true);
    expect(path('relative').startsWith(`${home}/.cache/lifeline/`)).toBe(true);
  });
});

describe('fetching a nats-server', () => {
  const env = () => ({ HOME: home, PATH: `${tools}:/usr/bin:/bin` });
  const HELP =
    'install NATS server 2.9.10 or later so that it is on PATH, or name its binary in $NATS_SERVER.';

  /** Tools that write down how they are called; what is unpacked says `version`. */
  const pretend = async (version = 'exit 0') => {
    await program(
      join(tools, 'apt-get'),
      `echo "$@" >> ${home}/calls
       for word in "$@"; do
         case "$word" in
           indextargets) printf '%s\\n' 'http://mirror.test/linux main' 'http://mirror.test/linux more' 'http://other.test x' ;;
           download) touch nats-server_1_all.deb; [ ! -e sources.list ] || cat sources.list > ${home}/sources ;;
         esac
       done`,
    );
    await program(
      join(tools, 'dpkg-deb'),
      `mkdir -p "$3/usr/sbin" && printf '#!/bin/sh\\n%s\\n' '${version}' > "$3/usr/sbin/nats-server"`,
    );
  };

  it('downloads and unpacks the package of the distribution, once', async () => {
    await pretend();
    const path = await fetchNatsServer({ env: env() });
    expect(path).toBe(cachedNatsServer({ env: env() }));
    expect(findNatsServer({ env: { HOME: home, PATH: '' } })).toBe(path);
    const calls = await readFile(join(home, 'calls'), 'utf8');
    expect(calls).toMatch(/ update\n.* download nats-server\n$/);
    await fetchNatsServer({ env: env() });
    expect(await readFile(join(home, 'calls'), 'utf8')).toBe(calls);
  });

  it('may be done by several at once, and leaves nothing else behind', async () => {
    await pretend();
    const paths = await Promise.all([1, 2, 3, 4].map(() => fetchNatsServer({ env: env() })));
    expect(new Set(paths).size).toBe(1);
    expect(await readdir(dirname(paths[0]!))).toEqual(['nats-server']);
  });

  it('takes another release from the first mirror that is configured', async () => {
    await pretend();
    const path = await fetchNatsServer({ env: env(), suite: 'sid' });
    expect(path).toContain('/sid/');
    expect(await readFile(join(home, 'sources'), 'utf8')).toBe(
      'deb http://mirror.test/linux sid main more\n',
    );
  });

  it('says what to do where there is no apt', async () => {
    await expect(fetchNatsServer({ env: { HOME: home, PATH: tools } })).rejects.toThrow(
      `There is no apt here to fetch a nats-server with; ${HELP}`,
    );
  });

  it('says what apt says, and keeps nothing, when it fails', async () => {
    await pretend();
    await program(join(tools, 'apt-get'), 'echo first >&2; echo E: no such release >&2; exit 100');
    await expect(fetchNatsServer({ env: env(), suite: 'nowhere' })).rejects.toThrow(
      `The package nats-server of nowhere cannot be fetched by apt (E: no such release); ${HELP}`,
    );
    expect(findNatsServer({ env: env(), suite: 'nowhere' })).toBeUndefined();
  });

  it('keeps nothing that does not run', async () => {
    await pretend('echo wrong machine >&2; exit 1');
    await expect(fetchNatsServer({ env: env() })).rejects.toThrow('(wrong machine)');
    expect(findNatsServer({ env: env() })).toBeUndefined();
  });
});

describe('a nats-server that was started', () => {
  it('starts again on the same port, with another configuration if one is given', async () => {
    const nats = await startTestNats();
    try {
      const { url, pid } = nats;
      await nats.kill();
      await nats.restart('max_payload: 2MB');
      expect(nats.url).toBe(url);
      expect(nats.pid).not.toBe(pid);
      await nats.restart();
      expect(nats.output()).toContain('nats-server.conf');
      await nats.stop();
      await nats.stop();
    } finally {
      await nats.close();
    }
  });

  it('says why it does not start', async () => {
    await expect(startTestNats('port: {')).rejects.toThrow(
      /^The nats-server \S+ does not start on 127\.0\.0\.1:a free port \(.*Parse error/s,
    );
    const nats = await startTestNats();
    try {
      const binary = findNatsServer({ env: process.env })!;
      await expect(startNatsServer({ binary, directory: home, port: nats.port })).rejects.toThrow(
        new RegExp(`does not start on 127\\.0\\.0\\.1:${nats.port} \\(.*address already in use`),
      );
    } finally {
      await nats.close();
    }
  });

  it('dies with the process that started it', async () => {
    const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
    const loader = ['--import', pathOf('../load-typescript.js')];
    const parent = spawn(process.execPath, [...loader, pathOf('./nats-server-parent.ts'), home], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      const [port] = (await once(parent.stdout, 'data')) as [Buffer];
      const socket = connect(Number(port.toString()), '127.0.0.1').resume();
      socket.on('error', () => undefined);
      await once(socket, 'data');
      const gone = once(socket, 'close');
      parent.kill('SIGKILL');
      await gone;
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
