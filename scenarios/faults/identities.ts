/**
 * Families of mistaken identity: two processes under the id of one agent, two controllers on one store, a
 * node that comes back with a store of yesterday.
 */
import { anyAgent, anySeat, moment, spell, times, type Family } from './stage.ts';

export const twins: Family = (dice, stage) =>
  times(dice.between(1, 2), () => [
    {
      atMs: moment(dice, stage),
      action: { do: 'twin', agent: anyAgent(dice, stage), forMs: spell(dice, stage) },
    },
  ]);

/** The controller is cut from its store, or not even that, and another one takes over. */
export const rivals: Family = (dice, stage) => {
  if (stage.setting.sharedStore !== true) return [];
  return times(dice.between(1, 2), () => {
    const atMs = moment(dice, stage);
    const forMs = spell(dice, stage);
    const gone = { do: 'disk', seat: 'controller', fault: 'gone', forMs } as const;
    return [
      ...(dice.oneIn(2) ? [{ atMs, action: gone }] : []),
      { atMs: atMs + dice.below(2_000), action: { do: 'rival', forMs: spell(dice, stage) } },
    ];
  });
};

/** The lives between the copy and its return are forgotten by the node, and known to the others. */
export const oldStores: Family = (dice, stage) => {
  const seat = anySeat(dice, stage);
  const atMs = moment(dice, stage);
  const backAtMs = dice.between(atMs, stage.chaosMs - 1);
  const lives = times(dice.below(4), () => [
    {
      atMs: dice.between(atMs, backAtMs),
      action: { do: 'crash', seat, forMs: dice.between(1, 2_000) },
    },
  ]);
  return [
    { atMs, action: { do: 'backup', seat } },
    ...lives,
    { atMs: backAtMs, action: { do: 'restore', seat } },
  ];
};
