/**
 * What a life remembers is listed once, in each part of it, and whole: written down as plain data and taken up
 * again. That a thawed life decides as the frozen one would have is shown by test/scenarios/freeze.test.ts.
 */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { freeze, thaw, type Memory, type Remembering } from '../../actors/freezing.ts';
import { readCheckout, treeOf, walk } from '../architecture/source.ts';

/** A part with a bit of everything. */
class Part implements Remembering {
  number = 0;
  endless: number = -Infinity;
  text: string | null = '';
  list: unknown = [];
  absent: string | undefined;
  readonly map = new Map<string, unknown>();
  readonly set = new Set<number>();
  readonly inner: Part | undefined;

  constructor(depth = 0) {
    if (depth > 0) this.inner = new Part(depth - 1);
  }

  remember(memory: Memory): void {
    this.number = memory.keep('number', this.number);
    this.endless = memory.keep('endless', this.endless);
    this.text = memory.keep('text', this.text);
    this.list = memory.keep('list', this.list);
    this.absent = memory.keep('absent', this.absent);
    memory.fill('map', this.map);
    memory.fill('set', this.set);
    if (this.inner) memory.part('inner', this.inner);
  }
}

const throughJson = (part: Part) => JSON.parse(JSON.stringify(freeze(part))) as never;

describe('a frozen part', () => {
  it('is thawed with all that it remembers, by way of JSON', () => {
    const part = new Part(1);
    part.number = 7;
    part.text = null;
    part.map.set('z', new Map([[1, new Set([2])]])).set('a', { at: Infinity, $map: { $set: 'x' } });
    part.set.add(3).add(1);
    part.inner!.endless = 5;
    const thawed = new Part(1);
    thawed.map.set('gone', 1);
    thaw(thawed, throughJson(part));
    expect(thawed).toEqual(part);
    expect([...thawed.map.keys()]).toEqual(['z', 'a']);
    expect([...thawed.set]).toEqual([3, 1]);
  });

  it('does not change with the part that it was', () => {
    const part = new Part();
    part.list = [{ n: 1 }];
    part.map.set('x', { n: 1 });
    const frozen = freeze(part);
    const before = JSON.stringify(frozen);
    (part.list as { n: number }[])[0]!.n = 2;
    part.map.clear();
    part.number = 9;
    expect(JSON.stringify(frozen)).toBe(before);
  });

  it('leaves as it was made what was not there when it was frozen', () => {
    const thawed = new Part();
    thaw(thawed, { number: 3 });
    expect(thawed).toEqual(Object.assign(new Part(), { number: 3 }));
  });

  it('carries bytes as they are', () => {
    const part = new Part();
    part.list = [Uint8Array.of(1, 2)];
    const thawed = new Part();
    thaw(thawed, freeze(part));
    expect(thawed.list).toEqual([Uint8Array.of(1, 2)]);
  });
});

/** Fields that no turn finds changed by the one before, or that no decision goes by. */
const NOT_REMEMBERED: Readonly<Record<string, string>> = {
  'ActorSet.#finals': 'of its machine',
  'AgentConnections.dropped': 'a count for people',
  'AgentGround.#alive': 'what the runner has is the runner’s',
  'AgentGround.#gone': 'it waits for the runner',
  'Boot.#disarm': 'a timer of the process',
  'Flights.#changed': 'empty between turns',
  'Ground.#feed': 'empty between turns',
  'Jobs.#counts': 'empty between turns',
  'Jobs.#dirty': 'empty between turns',
  'Peer.beat': 'listed by AgentConnections, since a peer is made with it',
  'Peer.row': 'listed by AgentConnections, since a peer is made with it',
  'Takers.#agentsOf': 'of one turn',
  'Takers.#places': 'of one turn',
  'Takers.#takers': 'of one turn',
  'Timings.classes': 'of its plan',
  'Timings.#named': 'of its plan',
  'TurnLoop.#appending': 'nothing is under way',
  'TurnLoop.#behind': 'nothing is under way',
  'TurnLoop.#cancelWake': 'a timer of the process',
  'TurnLoop.#closed': 'a played loop is not closed',
  'TurnLoop.#fail': 'a method',
  'TurnLoop.#halted': 'a halted loop has no turns',
  'TurnLoop.#inbox': 'what has come in belongs to the turn that takes it',
  'TurnLoop.#lastTurnAt': 'goes into when a turn is taken, not into what it decides',
  'TurnLoop.#lateMs': 'told with the turn that it belongs to',
  'TurnLoop.#open': 'no turn is open',
  'TurnLoop.#over': 'a played loop is not closed',
  'TurnLoop.#played': 'given with each turn that is played',
  'TurnLoop.#readings': 'told with what they belong to',
  'TurnLoop.#underWay': 'nothing is under way',
  'TurnLoop.#wakeAt': 'a timer of the process',
};

/** The parts of a life: what they hold that may change, and what they list. */
function parts() {
  const classes = readCheckout()
    .filter(({ path }) => /^actors\/[a-z-]+\.ts$/.test(path))
    .flatMap((file) => treeOf(file).statements.filter(ts.isClassDeclaration));
  const byName = new Map(classes.map((each) => [each.name!.text, each]));
  const found = new Map<string, ts.ClassDeclaration>();
  const add = (name: string) => {
    const declared = byName.get(name);
    // A turn is over before anything is frozen.
    if (!declared || found.has(name) || name === 'RunTurn') return;
    found.set(name, declared);
    walk(declared, (node) => {
      if (ts.isNewExpression(node)) add(node.expression.getText());
    });
  };
  add('Term');
  add('Boot');
  return found;
}

const isMade = (made: ts.Expression | undefined, isPart: (name: string) => boolean): boolean =>
  made !== undefined &&
  (ts.isArrayLiteralExpression(made) ||
    (ts.isNewExpression(made) && isPart(made.expression.getText())) ||
    (ts.isCallExpression(made) && made.expression.getText() === 'createDeadlines'));

describe('the parts of a life', () => {
  const all = parts();
  const isPart = (name: string) =>
    name === 'Map' || name === 'Set' || all.get(name)?.members.some(isRemember) === true;
  const isRemember = (member: ts.ClassElement) => member.name?.getText() === 'remember';
  const holdsOf = (declared: ts.ClassDeclaration): readonly string[] => {
    const assigned = new Map<string, ts.Expression>();
    walk(declared, (node) => {
      if (
        ts.isBinaryExpression(node) &&
        node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
        node.left.getText().startsWith('this.')
      )
        assigned.set(node.left.getText().slice('this.'.length), node.right);
    });
    return declared.members.filter(ts.isPropertyDeclaration).flatMap((field) => {
      const name = field.name.getText();
      const isFixed = field.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword);
      const made = field.initializer ?? assigned.get(name);
      return !isFixed || isMade(made, isPart) ? [name] : [];
    });
  };

  it('are found, and hold something', () => {
    expect(all.size).toBeGreaterThan(25);
    expect(holdsOf(all.get('Peer')!)).toContain('#asks');
    expect(holdsOf(all.get('Term')!)).toContain('connections');
  });

  it.each([...all])('%s lists all that it remembers', (name, declared) => {
    const list = declared.members.find(isRemember)?.getText() ?? '';
    const missing = holdsOf(declared).filter(
      (field) => !new RegExp(`this\\.${field}\\b`).test(list),
    );
    const excused = missing.filter((field) => NOT_REMEMBERED[`${name}.${field}`] === undefined);
    expect(excused).toEqual([]);
  });

  it('are excused for nothing that they list, or do not have', () => {
    const idle = Object.keys(NOT_REMEMBERED).filter((excuse) => {
      const [name, field] = excuse.split('.') as [string, string];
      const declared = all.get(name);
      const list = declared?.members.find(isRemember)?.getText() ?? '';
      return (
        !declared ||
        !holdsOf(declared).includes(field) ||
        new RegExp(`this\\.${field}\\b`).test(list)
      );
    });
    expect(idle).toEqual([]);
  });
});
