/**
 * The pages that people read, taken apart: fenced blocks with their language, links, headings.
 *
 *   README.md, docs/*.md ─▶ sh    is run, in the order of the page, in a directory of the page's own
 *                           ts    is run; the block behind it that has no language is what it prints
 *                           yaml, xml, ini, json …    is held against what it is for, where somebody reads it
 *                           console and none          is what somebody once saw: nothing runs it
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface Block {
  /** As it stands behind the fence; empty: none. */
  readonly language: string;
  readonly text: string;
  /** What stands in the next block, when nothing but that follows and it has no language. */
  readonly output: string | null;
}

export interface Page {
  /** From the root of the checkout. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

const root = new URL('../../', import.meta.url);

/** README.md and the pages of docs/; what is generated below it has tests of its own. */
export function readPages(): readonly Page[] {
  const pages = readdirSync(new URL('docs/', root)).filter((name) => name.endsWith('.md'));
  return ['README.md', ...pages.map((name) => `docs/${name}`)].map((path) => {
    const text = readFileSync(new URL(path, root), 'utf8');
    return { path, text, blocks: blocksOf(text) };
  });
}

export function blocksOf(text: string): readonly Block[] {
  const found = [...text.matchAll(/^```(\w*)\n(.*?)^```$\n*/gms)];
  return found.map((one, i) => {
    const next = found[i + 1];
    const follows = next?.[1] === '' && next.index === one.index + one[0].length;
    return { language: one[1]!, text: one[2]!, output: follows ? next[2]! : null };
  });
}

/** Where its links lead that stay in the checkout, as they are written. */
export const linksOf = (text: string): readonly string[] =>
  [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, to]) => to!)
    .filter((to) => !/^[a-z]+:/.test(to));

/** The anchors that links may name. */
export const anchorsOf = (text: string): ReadonlySet<string> =>
  new Set([...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, title]) => slug(title!)));

const withoutBlocks = (text: string) => text.replace(/^```.*?^```$/gms, '');

const slug = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replace(/\s/g, '-');

/** Every `lifeline …` that a page shows, in blocks and in sentences, as words; comments are left out. */
export function commandsOf({ text }: Pick<Page, 'text'>): readonly (readonly string[])[] {
  const inLines = [...text.matchAll(/^[^`\n]*?(?:^|[ /(])lifeline ([a-z][^\n`]*)$/gm)];
  const inWords = [...text.matchAll(/`lifeline ([^`\n]+)`/g)];
  return [...inLines, ...inWords]
    .map(([, words]) => words!.replace(/\s#.*$/, '').split(' -- ')[0]!)
    .map((words) => words.split(/[\s|;&)"]+/).filter((word) => word !== ''));
}
