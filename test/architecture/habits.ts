/**
 * The smaller rules of the house: lengths, names, headers, debts, machines without timers of their own,
 * and nothing of one machine or one network in the repository.
 */
import ts from 'typescript';
import { lineOf, treeOf, walk, type SourceText } from './source.ts';

export const LINES_MAX = 400;

export const lengthOf = ({ text }: SourceText) =>
  text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

export function length(file: SourceText): string[] {
  const lines = lengthOf(file);
  return lines > LINES_MAX
    ? [`${file.path}: ${lines} lines; split it, ${LINES_MAX} are the limit`]
    : [];
}

/** Words that name a drawer of odds, not an idea. */
const DRAWERS = /^(utils?|helpers?|managers?|services?|impl|common|misc|shared)$/;

export function fileName({ path }: SourceText): string[] {
  const name = path.split('/').at(-1)!;
  const stem = name.replace(/(\.(test|config|d))?\.(tsx?|js)$/, '');
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem)) return [`${path}: name it in kebab-case`];
  const drawer = path.split(/[/.-]/).find((word) => DRAWERS.test(word));
  return drawer === undefined ? [] : [`${path}: "${drawer}" says nothing; name the idea`];
}

/** Declared things whose name ends in a word that says nothing. */
export function declaredNames(file: SourceText): string[] {
  const found: string[] = [];
  walk(treeOf(file), (node) => {
    const isDeclared =
      ts.isClassDeclaration(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isVariableDeclaration(node);
    const name = isDeclared ? node.name?.getText() : undefined;
    if (name !== undefined && /(Manager|Helper|Service|Impl)$/.test(name)) {
      found.push(`${file.path}:${lineOf(node)}: ${name} needs a name that says what it is`);
    }
  });
  return found;
}

export function header({ path, text }: SourceText): string[] {
  return /^(#!.*\n)?\/\*\*/.test(text) ? [] : [`${path}: begins without a header comment`];
}

export function debts({ path, text }: SourceText): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) =>
    /\b(TO[D]O|FIX[M]E|XX[X])\b/.test(line) ? [`${path}:${index + 1}: do it or drop it`] : [],
  );
}

/** `after`, `invoke` and delayed sends in a statechart: they are lost in a restore and in a replay. */
export function timersInMachines(file: SourceText): string[] {
  if (!file.path.startsWith('machines/')) return [];
  const found: string[] = [];
  walk(treeOf(file), (node) => {
    if (!ts.isObjectLiteralElement(node)) return;
    const key = node.name?.getText().replace(/^['"]|['"]$/g, '');
    const isDelay =
      key === 'delay' && /^(raise|sendTo|enqueue\.raise|enqueue\.sendTo)\(/.test(callOf(node));
    if (key === 'after' || key === 'invoke' || isDelay) {
      found.push(
        `${file.path}:${lineOf(node)}: no ${key} in a machine; keep a deadlineAt in its context`,
      );
    }
  });
  return found;
}

const callOf = (property: ts.Node) => {
  const call = property.parent.parent;
  return ts.isCallExpression(call) ? call.getText() : '';
};

/** Paths of the machine it was written on, and where one network gets its packages from. */
export function localities({ path, text }: SourceText): string[] {
  const found: string[] = [];
  text.split('\n').forEach((line, index) => {
    const at = `${path}:${index + 1}`;
    if (/(?<![\w.~}-])\/(work|root)\/\w/.test(line)) found.push(`${at}: a path of one machine`);
    if (/\bregistry\.[a-z]|\/\/[\w.-]*\b(registry|artifactory|nexus)\b/.test(line)) {
      found.push(`${at}: the host of a registry`);
    }
    if (path === 'package-lock.json' && /^\s*"resolved":/.test(line)) {
      found.push(`${at}: "resolved" ties the lock file to one registry; see .npmrc`);
    }
  });
  return found;
}
