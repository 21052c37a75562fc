/**
 * The order of the test files: those that take long begin first, so that no worker is left alone with one of them
 * at the end. A fresh checkout has no record of how long they took, so the longest stand here.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** From the longest on; all others follow. */
const LONGEST = [
  'scenarios/simulate.test.ts',
  'scenarios/planted.test.ts',
  'process/run.test.ts',
  'process/crashes.test.ts',
  'process/restarts.test.ts',
  'process/chaos.test.ts',
  'process/quiet.test.ts',
  'process/nodes.test.ts',
  'process/demo.test.ts',
  'process/outages.test.ts',
  'process/stopped.test.ts',
  'process/ingest.test.ts',
  'process/second-comers.test.ts',
  'process/interruption.test.ts',
  'process/asking.test.ts',
  'process/drain.test.ts',
  'process/recording.test.ts',
  'security/million.test.ts',
  'scenarios/replay-worlds.test.ts',
  'scenarios/determinism.test.ts',
  'actors/post-job.test.ts',
];

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((path) => moduleId.endsWith(`/test/${path}`));
  return place < 0 ? LONGEST.length : place;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => placeOf(one) - placeOf(other));
  }
}
