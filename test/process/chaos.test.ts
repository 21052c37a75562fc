/**
 * A short chaos run: ten faults over 600 tasks, with the very checker of `npm run chaos`. What it finds is
 * told by the scorecard.
 */
import { expect, it } from 'vitest';
import { play } from '../chaos/play.ts';
import { textOf } from '../chaos/scorecard.ts';

it('loses nothing, does nothing twice and keeps every log whole through ten faults', async () => {
  const said: string[] = [];
  const card = await play({
    seed: 186,
    faults: 10,
    tasks: 600,
    agents: 3,
    slots: 4,
    pauseMs: 300,
    told: (line) => said.push(line),
  });
  expect(card.holds, [...said, textOf(card)].join('\n')).toBe(true);
  expect(card).toMatchObject({ tasks: 600, total: { tried: 10, recovered: 10, lost: 0 } });
});
