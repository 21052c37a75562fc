/** What a line of a recording tells, as moments in its lane: the same as a played script tells of its nodes. */
import type { Value } from '../../store/store.ts';
import { agentMoments, controllerMoments, type Moment } from '../lanes.ts';
import type { TermBegan, BootBegan } from './life.ts';
import { unspell } from './spelling.ts';
import type { StepBody } from './step-body.ts';
import { EVERY_LANE, type TapeLine } from './tape-line.ts';

/** The lane of whoever is no agent. */
const CONTROLLER = 'controller';

/** @param atMs instant, from the start of what is shown */
export function momentsOfLine({ lane, word, body }: TapeLine, atMs: number): readonly Moment[] {
  const tell = (text: string): readonly Moment[] => [{ atMs, lane, text, ids: [] }];
  if (lane === EVERY_LANE) {
    return word === 'gap'
      ? [{ atMs, lane: CONTROLLER, text: 'here lines are missing', ids: [] }]
      : [];
  }
  switch (word) {
    case 'life': {
      const began = body as unknown as TermBegan | BootBegan;
      return tell(
        began.kind === 'term' ? `begins term ${began.term}` : `begins boot ${began.boot}`,
      );
    }
    case 'frozen':
      return tell('as it was then');
    case 'turn': {
      const entries = ((body as unknown as StepBody).entries ?? []).map(
        (entry) => unspell(entry as Parameters<typeof unspell>[0]) as Value,
      );
      const momentsOf = lane === CONTROLLER ? controllerMoments : agentMoments;
      return momentsOf(lane, atMs, entries);
    }
    case 'over':
      return tell('ends');
    case 'had':
    case 'runner':
    case 'durable':
    case 'gap':
    case 'end':
      return [];
  }
}
