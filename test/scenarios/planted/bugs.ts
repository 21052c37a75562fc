/** All planted bugs, in the order of the table. Names differ, since each has a folder. */
import { boots } from './boots.ts';
import { leases } from './leases.ts';
import { links } from './links.ts';
import type { Planted } from './planted.ts';
import { records } from './records.ts';
import { tasks } from './tasks.ts';
import { terms } from './terms.ts';
import { work } from './work.ts';

export const bugs: readonly Planted[] = [
  ...boots,
  ...links,
  ...tasks,
  ...leases,
  ...terms,
  ...work,
  ...records,
];
