/**
 * The order of the test files: those that take long begin first, those that wait beside those that compute, so
 * that no worker is left alone with one of them at the end. A fresh checkout has no record of how long they
 * took, so the longest stand here. All others follow by project: the next file finds loaded what it needs.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** From the longest on. */
const LONGEST = [
  'scenarios/simulate.test.ts',
  'process/crashes.test.ts',
  'process/run.test.ts',
  'scenarios/planted.test.ts',
  'page/every-view.test.ts',
  'process/nodes.test.ts',
  'process/restarts.test.ts',
  'process/quiet.test.ts',
  'scenarios/files.test.ts',
  'process/chaos.test.ts',
  'page/right-numbers.test.ts',
  'process/interruption.test.ts',
  'process/docs.test.ts',
  'process/package.test.ts',
  'process/demo.test.ts',
  'process/asking.test.ts',
  'process/ingest.test.ts',
  'security/million.test.ts',
  'process/stopped.test.ts',
  'process/outages.test.ts',
  'process/second-comers.test.ts',
  'process/recording.test.ts',
  'scenarios/determinism.test.ts',
  'scenarios/replay-worlds.test.ts',
  'actors/post-job.test.ts',
];

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((path) => moduleId.endsWith(`/test/${path}`));
  return place < 0 ? LONGEST.length : place;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort(
      (one, other) =>
        placeOf(one) - placeOf(other) || one.project.name.localeCompare(other.project.name),
    );
  }
}
