/**
 * A report in parts that each fit into a frame: the controller uses it when the last one is there and none is
 * missing. An agent that holds nothing says so in one empty part.
 */
import type { Answer, HeldTask } from '../transport/frame.ts';

const TASKS_PER_PART = 2_000;

/** @param n number of the request that asked for it */
export function reportParts(n: number, tasks: readonly HeldTask[]): readonly Answer[] {
  const answers: Answer[] = [];
  for (let i = 0; i === 0 || i < tasks.length; i += TASKS_PER_PART) {
    const last = i + TASKS_PER_PART >= tasks.length;
    answers.push({
      n,
      kind: 'report',
      part: answers.length,
      last,
      tasks: tasks.slice(i, i + TASKS_PER_PART),
    });
  }
  return answers;
}
