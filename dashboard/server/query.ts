/** The query of a request, read value by value; what does not fit is refused with a sentence. */
import { nearest } from '../../actors/nearest.ts';
import { badRequest } from './problem.ts';

const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

export class Query {
  readonly #given: Readonly<Record<string, unknown>>;

  /** @throws {RequestRefused} for a parameter that is not known, or comes twice */
  constructor(given: Readonly<Record<string, unknown>>, known: readonly string[]) {
    this.#given = given;
    for (const [name, value] of Object.entries(given)) {
      if (!known.includes(name)) throw badRequest(notKnown(name, known));
      if (typeof value !== 'string') throw badRequest(`Give "${name}" once.`);
    }
  }

  text(name: string): string | undefined {
    const value = this.#given[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  whole(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const number = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (number >= least && number <= most) return number;
    const range =
      most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
    throw badRequest(`${name} must be a whole number ${range}, not ${shown(text)}.`);
  }

  flag(name: string): boolean {
    const text = this.text(name) ?? 'false';
    if (text === 'true' || text === 'false') return text === 'true';
    throw badRequest(`${name} must be true or false, not ${shown(text)}.`);
  }

  /** Milliseconds since 1970. */
  instant(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const at = INSTANT.test(text) ? Date.parse(text) : NaN;
    if (!Number.isNaN(at)) return at;
    throw badRequest(
      `${name} must be an instant like 2030-01-31T12:00:00Z, not ${shown(text)} (a + is written %2B).`,
    );
  }

  /** Words with commas between them. */
  words(name: string): readonly string[] | undefined {
    return this.text(name)?.split(',');
  }

  /** Words that are each one of a few. */
  choices<T extends string>(name: string, legal: readonly T[]): readonly T[] | undefined {
    const words = this.words(name);
    const odd = words?.find((word) => !(legal as readonly string[]).includes(word));
    if (odd === undefined) return words as readonly T[] | undefined;
    throw badRequest(
      `${name} has ${shown(odd)}, which is none; it may be ${legal.join(', ')}, several with commas.`,
    );
  }
}

function notKnown(name: string, known: readonly string[]): string {
  if (known.length === 0) return `There is nothing to choose here: leave ${shown(name)} out.`;
  const meant = nearest(name, known);
  const hint = meant === undefined ? `use ${known.join(', ')}.` : `do you mean "${meant}"?`;
  return `${shown(name)} is no parameter here; ${hint}`;
}

/** What somebody wrote, short enough for a sentence. */
const shown = (text: string) => `'${text.slice(0, 80)}'`;
