/**
 * The order of the test files: those that take long begin first, so that no worker is left alone with one of them
 * at the end. A fresh checkout has no record of how long they took, so the longest stand here. All others follow
 * by project: a worker that goes on with the same one has loaded what it needs.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** One for each worker, before all. */
const FIRST = [
  'scenarios/simulate.test.ts',
  'process/crashes.test.ts',
  'process/run.test.ts',
  'scenarios/planted.test.ts',
];

/** Then those of a project one after the other: what is computed, what waits, what is looked at, what is short. */
const PROJECTS = ['long', 'process', 'browser', 'alone', 'unit'];

/** Of each of them from the longest on. */
const LONGEST = [
  'scenarios/files.test.ts',
  'security/million.test.ts',
  'scenarios/determinism.test.ts',
  'scenarios/replay-worlds.test.ts',
  'actors/post-job.test.ts',
  'scenarios/freeze.test.ts',
  'process/nodes.test.ts',
  'process/quiet.test.ts',
  'process/interruption.test.ts',
  'process/restarts.test.ts',
  'process/docs.test.ts',
  'process/ingest.test.ts',
  'process/package.test.ts',
  'process/asking.test.ts',
  'process/chaos.test.ts',
  'process/demo.test.ts',
  'process/stopped.test.ts',
  'process/outages.test.ts',
  'page/every-view.test.ts',
  'page/sub-transaction.test.ts',
  'page/lists.test.ts',
  'page/scenarios.test.ts',
  'page/statecharts.test.ts',
];

/** Where a file stands among these; behind them if it does not. */
function placeAmong(paths: readonly string[], { moduleId }: TestSpecification): number {
  const place = paths.findIndex((path) => moduleId.endsWith(`/test/${path}`));
  return place < 0 ? paths.length : place;
}

const projectOf = ({ project }: TestSpecification) => PROJECTS.indexOf(project.name);

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort(
      (one, other) =>
        placeAmong(FIRST, one) - placeAmong(FIRST, other) ||
        projectOf(one) - projectOf(other) ||
        placeAmong(LONGEST, one) - placeAmong(LONGEST, other),
    );
  }
}
