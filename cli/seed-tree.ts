/**
 * A tree of files made from a seed, for the demo and for tests: the same seed, the same bytes.
 *
 *   root/
 *     0000-plain/ … files of a few hundred bytes, old times, several modes
 *     odd names/   spaces, quotes, newlines, bytes that are no UTF-8
 *     deep/deep/deep/…     empty/     links: to a file, to a directory, to nothing
 */
import { chmodSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';

export interface SeededTree {
  readonly files: number;
  readonly directories: number;
  readonly links: number;
  readonly bytes: number;
}

/** Whole numbers from 0 up to `below`, the same for the same seed (mulberry32). */
export type Dice = (below: number) => number;

export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const ODD_NAMES: readonly Buffer[] = [
  Buffer.from('two words'),
  Buffer.from(' leading and trailing '),
  Buffer.from('new\nline'),
  Buffer.from('tab\there'),
  Buffer.from(`it's "quoted"`),
  Buffer.from('$HOME `id` ; rm -rf *'),
  Buffer.from('-rf'),
  Buffer.from('größe, 名前, 🙂'),
  Buffer.from('.hidden'),
  Buffer.from('back\\slash'),
  Buffer.from([0x6c, 0x61, 0x74, 0x69, 0x6e, 0x2d, 0xe9]),
  Buffer.from([0xff, 0xfe, 0x01, 0x80]),
  Buffer.from('n'.repeat(255)),
];
const MODES = [0o644, 0o600, 0o664, 0o755, 0o444, 0o640];
const FILES_PER_DIRECTORY = 125;
const DEPTH = 24;
/** 1 January 2001, in seconds. */
const OLDEST = 978_307_200;
const YEARS = 20 * 365 * 86_400;

/**
 * Makes the tree in `root`, which must be empty or not be there.
 *
 * @param files regular files in all, odd and deep ones included
 */
export function seedTree(root: string, files: number, seed: number): SeededTree {
  const dice = createDice(seed);
  const made = { files: 0, directories: 0, links: 0, bytes: 0 };
  const top = Buffer.from(root);
  const directories: Buffer[] = [];
  const directory = (path: Buffer) => {
    mkdirSync(path, { recursive: true });
    directories.push(path);
    made.directories++;
  };
  const file = (path: Buffer) => {
    if (made.files >= files) return;
    const bytes = contentOf(dice, made.files);
    writeFileSync(path, bytes);
    chmodSync(path, MODES[dice(MODES.length)]!);
    const at = OLDEST + dice(YEARS);
    utimesSync(path, at, at);
    made.files++;
    made.bytes += bytes.length;
  };
  const link = (path: Buffer, to: string | Buffer) => {
    symlinkSync(to, path);
    lutimesSync(path, OLDEST, OLDEST);
    made.links++;
  };

  directory(top);
  const odd = below(top, 'odd names');
  directory(odd);
  for (const name of ODD_NAMES) file(below(odd, name));
  const oddDirectory = below(odd, Buffer.from([0x64, 0xe9, 0x70, 0xf4, 0x74]));
  directory(oddDirectory);
  file(below(oddDirectory, 'inside'));
  let deep: Buffer = top;
  for (let depth = 0; depth < DEPTH; depth++) directory((deep = below(deep, `deep-${depth}`)));
  file(below(deep, 'at the bottom'));
  directory(below(top, 'empty'));
  directory(below(below(top, 'empty'), 'also empty'));
  link(below(top, 'to a directory'), 'odd names');
  link(below(top, 'to a file'), Buffer.from('odd names/two words'));
  link(below(top, 'to nothing'), 'no such file');
  link(below(top, 'to itself'), 'to itself');
  for (let number = 0; made.files < files; number++) {
    const plain = below(top, `${String(number).padStart(4, '0')}-plain`);
    directory(plain);
    for (let i = 0; i < FILES_PER_DIRECTORY; i++) file(below(plain, `file-${i}.txt`));
  }
  // Last and from the inside, since every entry put into a directory changes its time.
  for (const path of directories.reverse()) {
    chmodSync(path, dice(4) === 0 ? 0o750 : 0o755);
    const at = OLDEST + dice(YEARS);
    utimesSync(path, at, at);
  }
  return made;
}

function contentOf(dice: Dice, number: number): Buffer {
  if (number % 97 === 3) return Buffer.alloc(0);
  const bytes = Buffer.alloc(16 + dice(number % 50 === 7 ? 65_536 : 700));
  for (let i = 0; i + 4 <= bytes.length; i += 4) bytes.writeUInt32LE(dice(2 ** 32), i);
  return bytes;
}

const below = (directory: Buffer, name: string | Buffer): Buffer =>
  Buffer.concat([directory, Buffer.from('/'), Buffer.from(name)]);
