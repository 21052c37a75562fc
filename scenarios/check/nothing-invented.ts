/**
 * Nothing is invented. What is started was accepted, was given out under that number, and stands as an intent
 * on the disk of whoever starts it; what is done was done by the attempt that the record names, with the
 * result which that gave; what is accepted was handed in.
 */
import { agentKey } from '../../actors/agent-records.ts';
import { outcomeRowOf } from '../../actors/outcome.ts';
import { subOf } from '../../actors/sheet-rows.ts';
import type { WorldView } from '../sight.ts';
import type { Books, Decision, Fact } from './books.ts';
import { property, type Fail } from './checker.ts';
import { nameOf, type Execution } from './executions.ts';
import { isSame } from './values.ts';

export const nothingInvented = property('nothing-invented', (books, fail) => ({
  see(sight, world) {
    const { decision, execution } = books;
    if (sight.what === 'ledger' && sight.line.what === 'start' && execution)
      checkStart(books, world, execution, (says) => fail(sight.atMs, says));
    for (const fact of decision?.facts ?? []) {
      if (fact.kind === 'accepted') checkAccepted(decision!, fact, world, fail);
      else if (fact.kind === 'done') checkDone(books, decision!, fact, world, fail);
    }
  },
}));

function checkStart(
  { lies }: Books,
  world: WorldView,
  execution: Execution,
  fail: (says: string) => never,
): void {
  const { fence, id, seat } = execution;
  const task = world.storeOf(seat)?.get(agentKey.task(fence));
  if (task === undefined)
    fail(`${nameOf(execution)} was started, and no intent of it is on the disk of ${seat}.`);
  if (lies.covers(fence, id)) return;
  const store = world.storeOf('controller');
  const row = store && subOf(store, fence.birth);
  if (row?.id !== id) {
    const found = row === undefined ? 'nothing' : `"${row.id}"`;
    fail(`${nameOf(execution)} was started, and the controller has ${found} under that birth.`);
  } else if (row.context.attempt < fence.attempt) {
    const { attempt } = row.context;
    fail(`${nameOf(execution)} was started, and the record has given out ${attempt} attempts.`);
  }
}

function checkAccepted({ of }: Decision, fact: Fact, world: WorldView, fail: Fail): void {
  const { id, birth } = fact;
  const row = birth === undefined ? undefined : of.decided.sub(birth);
  if (row === undefined) return void fail(world.nowMs, `"${id}" was accepted without a record.`);
  const { retryOf } = row;
  if (retryOf === undefined && world.scriptOf(id!) === undefined)
    fail(world.nowMs, `"${id}" was accepted, and nobody has handed it in.`);
}

function checkDone(
  { work }: Books,
  { of }: Decision,
  fact: Fact,
  world: WorldView,
  fail: Fail,
): void {
  const { birth, id } = fact;
  const attempt = fact.attempt!;
  const ended = work.of({ birth: birth!, attempt }).filter(({ exit }) => exit === 'done');
  const name = `${id}#${attempt} (birth ${birth})`;
  const other = ended.find((each) => each.id !== id);
  if (ended.length === 0)
    fail(world.nowMs, `${name} counts as done, and no execution of it has ended so.`);
  else if (other && ended.every((each) => each.id !== id))
    fail(world.nowMs, `${name} counts as done by what was ${nameOf(other)}.`);
  const script = world.scriptOf(id!);
  const outcome = outcomeRowOf(of.decided, birth!);
  if (!script || outcome?.state !== 'done') return;
  const { result = 'ok' } = script;
  if (!isSame(outcome.result, result))
    fail(world.nowMs, `${name} has the result ${JSON.stringify(outcome.result)}, not its own.`);
}
