/**
 * The first file of a process that plays one scenario for the page: what to play comes by stdin, what happens
 * in it goes to stdout.
 *
 *   ScenarioTask ──▶ playTask ──▶ a PlayedScenario as JSON, exit 0
 *                       └─ a sentence, exit 2: it cannot be read
 *
 * It is no thread of the controller: a world has all of its process, and is ended from outside when it takes too long.
 */
import { constants, setPriority } from 'node:os';
import { text } from 'node:stream/consumers';
import { CommandFailed, exitCodes } from './failure.ts';
import { playTask, type ScenarioTask } from './scenario-task.ts';

try {
  // Whoever works on this machine comes first.
  setPriority(constants.priority.PRIORITY_LOW);
} catch {
  // Then it is played as fast as everybody else.
}
const task = JSON.parse(await text(process.stdin)) as ScenarioTask;
try {
  process.stdout.write(JSON.stringify(await playTask(task)));
} catch (error) {
  if (!(error instanceof CommandFailed)) throw error;
  process.stdout.write(error.message);
  process.exitCode = exitCodes.usage;
}
