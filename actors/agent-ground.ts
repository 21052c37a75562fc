/** What the parts of one boot of an agent stand on; what an agent takes in and what it does. */
import type { Exit, RunnerEvents, StepNews } from '../handlers/handler.ts';
import type { Value } from '../store/store.ts';
import type { AgentFrame, Assignment, ControllerFrame, Fence } from '../transport/frame.ts';
import { agentKey, type AgentEntry, type AgentMeta } from './agent-records.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { TurnLoop } from './turn-loop.ts';

export type AgentInput =
  | { readonly kind: 'frame'; readonly frame: ControllerFrame }
  | { readonly kind: 'exit'; readonly fence: Fence; readonly exit: Exit }
  /** Its intent is durable, and it was not started: no step of it was run. */
  | { readonly kind: 'refused'; readonly fence: Fence; readonly reason: string }
  | { readonly kind: 'progress'; readonly fence: Fence; readonly value: Value }
  /** Work wants to begin a step that is done once, or has done it. */
  | { readonly kind: 'step'; readonly fence: Fence; readonly news: StepNews }
  | { readonly kind: 'logged'; readonly fence: Fence }
  | { readonly kind: 'connected' }
  /** End, and begin no boot after this one. */
  | { readonly kind: 'close'; readonly handsOver: boolean }
  /** Take no more work and say so. */
  | { readonly kind: 'leave' }
  /** Have end what runs: asked first, killed after its grace. */
  | { readonly kind: 'stopTasks' };

export type AgentEffect =
  | { readonly kind: 'frame'; readonly frame: AgentFrame }
  | { readonly kind: 'start'; readonly assignment: Assignment }
  | { readonly kind: 'stop'; readonly fence: Fence; readonly how: 'abort' | 'kill' }
  /** The controller has on record that the step is begun. */
  | { readonly kind: 'beginStep'; readonly fence: Fence; readonly key: string }
  | { readonly kind: 'forgetLog'; readonly fence: Fence }
  /** The guard may let processes live that long without another word. */
  | { readonly kind: 'lease'; readonly leftMs: number }
  /** Nothing of this boot lives any more: the next one may begin, with at least this number. */
  | { readonly kind: 'endBoot'; readonly reason: string; readonly atLeast: number }
  | { readonly kind: 'unkillable'; readonly handlers: readonly string[] }
  /**
   * Another agent speaks under this id, or did and may hold its lease yet (`isHeld`). The controller heard it
   * `silentMs` ago; null: not in this term.
   */
  | { readonly kind: 'idTaken'; readonly isHeld: boolean; readonly silentMs: number | null }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly fields: object;
      readonly message: string;
    };

export class AgentGround implements Remembering {
  readonly id: string;
  readonly slots: number;
  readonly loop: TurnLoop<AgentInput, AgentEffect>;
  readonly runnerEvents: RunnerEvents;
  #meta: AgentMeta;
  /** What the runner has been given and has not ended, recorded or not. */
  readonly #alive = new Map<string, Fence>();
  #gone: (() => void) | undefined;

  constructor(id: string, slots: number, meta: AgentMeta, loop: TurnLoop<AgentInput, AgentEffect>) {
    this.id = id;
    this.slots = slots;
    this.loop = loop;
    this.#meta = meta;
    this.runnerEvents = {
      ended: (fence, exit) => {
        this.#alive.delete(`${fence.birth}/${fence.attempt}`);
        if (this.#alive.size === 0) this.#gone?.();
        loop.post({ kind: 'exit', fence, exit });
      },
      progress: (fence, value) => loop.post({ kind: 'progress', fence, value }),
      step: (fence, news) => loop.post({ kind: 'step', fence, news }),
      logged: (fence) => loop.post({ kind: 'logged', fence }),
    };
  }

  /** The runner is about to start this. */
  started(fence: Fence): void {
    this.#alive.set(`${fence.birth}/${fence.attempt}`, fence);
  }

  get alive(): readonly Fence[] {
    return [...this.#alive.values()];
  }

  /** Resolves when nothing that this boot has started lives any more. */
  whenGone(): Promise<void> {
    return this.#alive.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => (this.#gone = resolve));
  }

  get meta(): AgentMeta {
    return this.#meta;
  }

  saveMeta(change: Partial<AgentMeta>): void {
    this.#meta = { ...this.#meta, ...change };
    this.loop.turn.put(agentKey.meta, this.#meta as unknown as Value);
  }

  record(fact: Omit<AgentEntry, 'at' | 'boot'>): void {
    const { turn } = this.loop;
    const entry: AgentEntry = { at: turn.at, boot: this.#meta.boot, ...fact };
    turn.record(entry as unknown as Value);
  }

  log(level: 'info' | 'warn' | 'error', fields: object, message: string): void {
    this.loop.turn.act({ kind: 'log', level, fields, message });
  }

  /** What the runner has is the runner's. */
  remember(memory: Memory): void {
    this.#meta = memory.keep('meta', this.#meta);
  }
}
