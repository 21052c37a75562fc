/**
 * The trace of a run: everything that was seen, in order, as a number that is equal only when all of it is.
 * As text only for whoever asks for it, since that takes far longer than the run.
 *
 *   sight ──▶ each string, number and byte of it ──▶ two rolling hashes ──▶ digest
 *
 * Left out is what is no data: stores and runners.
 */
import type { Sight } from './sight.ts';

export interface Trace {
  see(sight: Sight): void;
  /** 16 hexadecimal digits over all that was seen so far. */
  digest(): string;
}

/** They hold state of the world, which the sights tell of anyway. */
const isPort = (name: string) => name === 'store' || name === 'runner';

/** @param lines gets each sight as a line of text */
export function createTrace(lines?: (line: string) => void): Trace {
  const hash = new Hash();
  return {
    see(sight) {
      const data = dataOf(sight);
      hash.value(data);
      lines?.(textOf(data));
    },
    digest: () => hash.digest(),
  };
}

function dataOf(sight: Sight): object {
  if (sight.what !== 'lie') return sight;
  const { what, atMs, seat } = sight;
  return { what, atMs, seat };
}

/** FNV-1a twice, with other primes. */
class Hash {
  #one = 0x811c9dc5 | 0;
  #other = 0x2c1b3c6d | 0;
  readonly #float = new Float64Array(1);
  readonly #words = new Int32Array(this.#float.buffer);

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.#text(value);
        break;
      case 'number':
        if ((value | 0) === value) this.#word(value);
        else this.#real(value);
        break;
      case 'object':
        if (value === null) this.#word(1);
        else this.#thing(value);
        break;
      case 'boolean':
        this.#word(value ? 2 : 3);
        break;
      case 'undefined':
        this.#word(4);
        break;
      default:
        throw new TypeError(`A trace holds data, and no ${typeof value}.`);
    }
  }

  digest(): string {
    const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
    return hex(this.#one) + hex(this.#other);
  }

  #thing(value: object): void {
    if (Array.isArray(value)) {
      this.#word(value.length);
      for (const each of value) this.value(each);
    } else if (value instanceof Uint8Array) {
      this.#word(value.length);
      for (const byte of value) this.#word(byte);
    } else if (value instanceof Map) {
      this.#word(value.size);
      for (const [key, each] of value) {
        this.value(key);
        this.value(each);
      }
    } else if (value instanceof Error) {
      this.value(`${value.name}: ${value.message}`);
    } else {
      for (const key in value) {
        if (isPort(key)) continue;
        this.value(key);
        this.value((value as Record<string, unknown>)[key]);
      }
      this.#word(5);
    }
  }

  #real(value: number): void {
    this.#float[0] = value;
    this.#word(this.#words[0]!);
    this.#word(this.#words[1]!);
  }

  /** As its words one by one; most of a trace is text, so both hashes stay in variables meanwhile. */
  #text(text: string): void {
    this.#word(text.length);
    let one = this.#one;
    let other = this.#other;
    for (let i = 0; i < text.length; i++) {
      const word = text.charCodeAt(i);
      one = Math.imul(one ^ word, 0x01000193);
      other = Math.imul((other ^ word) + 0x165667b1, 0x27d4eb2f);
      other ^= other >>> 15;
    }
    this.#one = one;
    this.#other = other;
  }

  #word(word: number): void {
    this.#one = Math.imul(this.#one ^ word, 0x01000193);
    this.#other = Math.imul((this.#other ^ word) + 0x165667b1, 0x27d4eb2f);
    this.#other ^= this.#other >>> 15;
  }
}

/** One line of JSON: maps as lists of pairs, errors as text, bytes as base64. */
function textOf(data: object): string {
  return JSON.stringify(data, (key, value: unknown) => {
    if (isPort(key)) return undefined;
    if (value instanceof Map) return [...value];
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
    if (value === Infinity) return 'never';
    return value;
  });
}
