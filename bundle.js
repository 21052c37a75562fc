/**
 * The last step of the build: the command line, and what it starts as processes and threads, in few files.
 * Node finds and links the files of a program one by one, and a node has 1,100 of them, most of TypeBox's: an
 * agent on NATS is ready after 0.5 s of CPU this way and after 1.2 s the other.
 *
 *   dist/cli.js                    in the place of what the compiler has put there
 *   dist/bundle/<entry>.js         what is started by file, found beside the chunk that starts it
 *   dist/bundle/<name>-<hash>.js   shared pieces, loaded when a command needs them
 *
 * The library (dist/index.js, dist/machines, dist/scenarios) stays as the compiler writes it.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const OUT = 'dist/bundle';

/** What `sibling` and the stand-in find by './<name>.ts'. */
const STARTED = [
  'cli/scenario-process',
  'handlers/guard-process',
  'handlers/ingest-work',
  'handlers/worker-entry',
  'transport/stand-in-entry',
];

const { metafile } = await build({
  entryPoints: [
    { in: 'cli.ts', out: 'cli' },
    ...STARTED.map((path) => ({ in: `${path}.ts`, out: `bundle/${basename(path)}` })),
  ],
  outdir: 'dist',
  chunkNames: 'bundle/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // They find files of their own beside them; of XState the user brings the one there is.
  external: ['lmdb', 'msgpackr', 'xstate'],
  // CommonJS modules among the dependencies ask for Node's own by `require`.
  banner: {
    js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
  },
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
});

// The last build's pieces go when this one's are there: who runs meanwhile finds what is unchanged.
const built = new Set(Object.keys(metafile.outputs));
for (const name of readdirSync(OUT)) {
  if (!built.has(`${OUT}/${name}`)) rmSync(join(OUT, name));
}

// A file that is missing here would be missed by the user only, when it is to be started.
const started = new Set(STARTED.map((path) => `./${basename(path)}.ts`));
for (const path of Object.keys(metafile.inputs).filter((path) => /^[^.].*\.ts$/.test(path))) {
  const text = readFileSync(path, 'utf8');
  for (const [, named] of text.matchAll(/(?<!from |import |import\()'(\.\/[\w-]+\.ts)'/g)) {
    if (started.has(named)) continue;
    throw new Error(`${path} names ${named}: list it in STARTED of bundle.js.`);
  }
}
