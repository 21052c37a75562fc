/**
 * The steps of one attempt that are done at most once over all attempts (`task.once`).
 *
 *   once(key, fn) ─▶ known from an earlier attempt?
 *       done ─────▶ its result                    unknown ─▶ park (the attempt ends) │ redo │ done
 *       no, redo ─▶ news `begin` ─▶ recorded by the controller ─▶ fn() ─▶ news `done` ─▶ its result
 *
 * An attempt that is asked to stop begins no step any more. What `fn` throws leaves the step unknown: it may
 * have come as far as to do it.
 */
import { failed } from './failure.ts';
import type { Exit, KnownStep, StepNews, TaskContext, Value } from './handler.ts';
import { packedBytes, toValue } from './value.ts';

const KEY_LENGTH = 200;
/** Of what one step comes to, and of all steps of one task. */
const RESULT_BYTES = 64 * 1024;
const ALL_BYTES = 256 * 1024;
/** Around a result. */
const STEP_BYTES = 64;

type OnUnknown = 'park' | 'redo' | 'done';

/** Tells of a step; `begin` is called once it may be begun, if ever. */
type Tell = (news: StepNews, begin: () => void) => void;

export class Steps {
  readonly #tell: Tell;
  readonly #known: ReadonlyMap<string, KnownStep>;
  readonly #asked = new Map<string, Promise<unknown>>();
  readonly #waiting = new Set<(reason: Error) => void>();
  #bytes = 0;
  #stopped: Error | undefined;
  /** The first step that a person has to decide on. */
  #undecided: string | undefined;

  constructor(known: readonly KnownStep[], tell: Tell) {
    this.#tell = tell;
    this.#known = new Map(known.map((step) => [step.key, step]));
    for (const { key, result } of known) this.#bytes += bytesOf(key, result ?? null);
  }

  readonly once: TaskContext['once'] = (key, fn, { onUnknown = 'park' } = {}) => {
    const flaw = flawOf(key, fn, onUnknown);
    if (flaw !== undefined) return Promise.reject(new TypeError(flaw));
    type Promised = ReturnType<typeof this.once<Awaited<ReturnType<typeof fn>>>>;
    const before = this.#asked.get(key);
    if (before) return before as Promised;
    const asking = this.#run(key, fn, onUnknown);
    // Whoever does not wait for it must not end the process.
    asking.catch(() => {});
    this.#asked.set(key, asking);
    return asking as Promised;
  };

  /** The attempt is to stop: what waits to be begun is not begun. */
  stop(): void {
    this.#stopped ??= new Error('The task is to stop: no step is begun any more.');
    for (const reject of this.#waiting) reject(this.#stopped);
    this.#waiting.clear();
  }

  /** How the attempt has ended: parked, when it came to a step that a person has to decide on. */
  end<End extends { readonly kind: string }>(end: End): End | Exit {
    this.stop();
    const key = this.#undecided;
    if (key === undefined || end.kind === 'stopped') return end;
    return { ...failed('error', sentenceOn(key), { key }), cause: 'onceUnknown' };
  }

  async #run(key: string, fn: () => unknown, onUnknown: OnUnknown): Promise<unknown> {
    const step = this.#known.get(key);
    if (step?.isDone === true) return step.result;
    if (step !== undefined && onUnknown === 'done') return undefined;
    if (step !== undefined && onUnknown === 'park') {
      this.#undecided ??= key;
      throw new Error(sentenceOn(key));
    }
    if (this.#stopped !== undefined) throw this.#stopped;
    this.#take(key, bytesOf(key, null));
    await this.#begun(key);
    const result = await fn();
    this.#done(key, result);
    return result;
  }

  #begun(key: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      this.#tell({ key, isDone: false }, () => {
        this.#waiting.delete(reject);
        resolve();
      });
    });
  }

  #done(key: string, result: unknown): void {
    const refused = (why: string) =>
      new Error(`What the step "${key}" came to cannot be kept: it ${why}.`);
    const fitted = toValue(result);
    if ('why' in fitted) throw refused(fitted.why);
    const bytes = packedBytes(fitted.value);
    if (bytes > RESULT_BYTES) {
      throw refused(`takes ${bytes} bytes; at most ${RESULT_BYTES} are allowed`);
    }
    this.#take(key, bytes);
    this.#tell({ key, isDone: true, result: fitted.value }, () => {});
  }

  #take(key: string, bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= ALL_BYTES) return;
    throw new Error(`The step "${key}" is too much: those of a task have ${ALL_BYTES} bytes.`);
  }
}

const sentenceOn = (key: string) =>
  `An earlier attempt has begun the step "${key}", and nobody knows whether it was done.`;

const bytesOf = (key: string, result: Value): number =>
  STEP_BYTES + Buffer.byteLength(key) + packedBytes(result);

function flawOf(key: unknown, fn: unknown, onUnknown: unknown): string | undefined {
  if (typeof key !== 'string' || key === '' || key.length > KEY_LENGTH || 'why' in toValue(key)) {
    return `The key of a step must be text of 1 to ${KEY_LENGTH} characters.`;
  }
  if (typeof fn !== 'function') return `The step "${key}" needs a function: once(key, () => …).`;
  return ['park', 'redo', 'done'].includes(onUnknown as string)
    ? undefined
    : `onUnknown of the step "${key}" must be "park", "redo" or "done".`;
}
