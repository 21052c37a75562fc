/** What docs/testing.md shows of a recipe stands so in the files that are run. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { blocksOf } from './blocks.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

it('shows the recipe as it is run', () => {
  const shown = blocksOf(read('docs/testing.md')).filter(
    ({ language }) => language === 'typescript',
  );
  expect(shown).toHaveLength(3);
  const run = read('examples/thumbnails.test.ts');
  for (const { text } of shown) expect(run).toContain(text);
});
