/**
 * No ambient time or chance: whoever reads a clock, sets a timer or throws dice takes what it needs as a
 * parameter. One leak, and the same seed no longer gives the same run.
 */
import ts from 'typescript';
import { lineOf, treeOf, walk, type SourceText } from './source.ts';

/** Readings and dice that hang on an object. */
const MEMBERS = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'process.hrtime',
  'process.uptime',
  'os.uptime',
  'AbortSignal.timeout',
]);

/** Names that mean the same wherever they come from: a global, an object, an import. */
const NAMES = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'randomUUID',
  'randomBytes',
  'randomInt',
  'getRandomValues',
]);

interface Allowance {
  readonly where: RegExp;
  readonly names: readonly string[];
  readonly why: string;
}

export const ALLOWANCES: readonly Allowance[] = [
  {
    where: /^actors\/clock\.ts$/,
    names: ['Date.now', 'performance.now', 'os.uptime', 'setTimeout', 'setImmediate'],
    why: 'it is the one adapter of the clock port',
  },
  {
    where: /^handlers\/elapsed\.ts$/,
    names: ['process.hrtime', 'os.uptime'],
    why: 'its deadlines pass between processes, and the clock port counts from the start of each',
  },
  {
    where: /^cli(\.ts$|\/)/,
    names: ['setTimeout', 'setInterval', 'setImmediate', 'randomUUID', 'randomBytes'],
    why: 'it wires the real world, and makes names and tokens',
  },
  {
    where: /^dashboard\/page\//,
    names: ['Date.now', 'new Date()', 'setTimeout', 'setInterval'],
    why: 'it runs in a browser, for one person, and decides nothing',
  },
  {
    where: /^index\.ts$/,
    names: ['randomBytes'],
    why: 'it wires the real world: a new store gets its name here',
  },
  {
    where: /^dashboard\/server\/open-dashboard\.ts$/,
    names: ['randomBytes'],
    why: 'a dashboard that is embedded gets its token here',
  },
  {
    where: /^examples\//,
    names: ['Date.now', 'setTimeout', 'setImmediate'],
    why: 'they are services of somebody else, who wires the real world',
  },
  {
    where: /^bench\/stopwatch\.ts$/,
    names: ['performance.now'],
    why: 'the clock port counts whole ms, too coarse for latencies',
  },
  {
    where: /^handlers\/[a-z-]+-(process|entry)\.ts$/,
    names: ['setTimeout', 'setInterval', 'setImmediate'],
    why: 'it is the first file of a process or thread of its own, which is given no port',
  },
  {
    where: /^transport\/[a-z-]+-entry\.ts$/,
    names: ['setTimeout', 'performance.now'],
    why: 'it is the first file of a thread of its own, which is given no port',
  },
];

/** Clocks, timers and dice that a file takes from its surroundings. */
export function ambient(file: SourceText): string[] {
  const allowed = new Set(
    ALLOWANCES.filter(({ where }) => where.test(file.path)).flatMap(({ names }) => names),
  );
  const found: string[] = [];
  walk(treeOf(file), (node) => {
    if (ts.isTypeNode(node)) return false;
    const name = ambientName(node);
    if (name !== undefined && !allowed.has(name)) {
      found.push(
        `${file.path}:${lineOf(node)}: ${name} is ambient; take a clock or a seed instead`,
      );
    }
    return true;
  });
  return found;
}

function ambientName(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const owner = ts.isPropertyAccessExpression(node.expression)
      ? node.expression.name.text
      : node.expression.getText();
    const member = `${owner}.${node.name.text}`;
    return MEMBERS.has(member) ? member : undefined;
  }
  if (ts.isNewExpression(node) || ts.isCallExpression(node)) {
    const isNow = node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0;
    return isNow ? 'new Date()' : undefined;
  }
  if (ts.isIdentifier(node) && NAMES.has(node.text) && !namesProperty(node)) return node.text;
  if (ts.isImportSpecifier(node)) {
    const from = node.parent.parent.parent.moduleSpecifier.getText().replace(/^.(node:)?|.$/g, '');
    const member = `${from}.${(node.propertyName ?? node.name).text}`;
    return MEMBERS.has(member) ? member : undefined;
  }
  if (ts.isStringLiteral(node) && ts.isImportDeclaration(node.parent)) {
    return /^(node:)?(timers(\/promises)?|perf_hooks)$/.test(node.text) ? node.text : undefined;
  }
  return undefined;
}

/** True for `setTimeout` in `{ setTimeout: refuse }`: it gives a thing that name and calls none. */
function namesProperty(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isTypeElement(parent)) &&
    parent.name === node
  );
}
