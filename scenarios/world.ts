/**
 * A world: the production controller and its agents in one process, under virtual time, with a network, disks,
 * clocks and work that go wrong as they are told to. The same setting and actions give the same world.
 *
 *   Action ─do─▶ seats (machine, disk, process, node) ◀─▶ network          advance, until: time moves
 *                        └── taps, ledger, fates ──▶ Sight ──▶ hear
 *
 * One world at a time in one process: worlds would share its promises, and with that their order.
 */
import type { Command } from '../actors/commands.ts';
import type { Tap } from '../actors/tap.ts';
import { BY, createClient, type Client, type Give } from './client.ts';
import { createDisk } from './disk.ts';
import { createNetwork } from './network.ts';
import type { Action, NamedScript, Script, Seat, Setting } from './plan.ts';
import type { Work } from '../handlers/handler.ts';
import type { Behaviour, LedgerLine } from './scripted-runner.ts';
import type { Sight, WorldView } from './sight.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { behaviourOf } from './work-script.ts';
import { perform, type Inside } from './world-actions.ts';
import { AgentSeat } from './world-agent.ts';
import { ControllerSeat } from './world-controller.ts';
import { WorldFaults } from './world-faults.ts';
import { drainingIn, parkedIn, workLeft } from './world-rest.ts';
import type { Seen, Stage } from './world-stage.ts';

/** Once all faults are over, somebody looks this often what is parked, and has it tried again. */
const OPERATOR_MS = 5_000;

export interface WorldOptions {
  /** One more tap for the nodes of a seat; it hears them after the world does. */
  readonly tap?: (seat: Seat) => Tap | undefined;
}

export class World {
  readonly clock: VirtualClock = createVirtualClock();
  readonly view: WorldView;
  readonly #setting: Setting;
  readonly #hear: (sight: Sight) => void;
  readonly #stage: Stage;
  readonly #faults: WorldFaults;
  readonly #client: Client;
  readonly #controller: ControllerSeat;
  readonly #rival: ControllerSeat;
  readonly #agents: ReadonlyMap<string, AgentSeat>;
  readonly #inside: Inside;
  readonly #ledger: LedgerLine[] = [];
  readonly #scripts = new Map<string, Script>();
  #twin: AgentSeat | undefined;
  #isHealed = false;
  #isClosed = false;
  #trouble: { readonly error: unknown } | undefined;

  private constructor(setting: Setting, hear: (sight: Sight) => void, { tap }: WorldOptions) {
    this.#setting = setting;
    this.#hear = hear;
    this.#stage = this.#createStage(tap);
    const { clock } = this;
    const see = this.#stage.see;
    this.#faults = new WorldFaults(clock, see);
    this.#client = createClient(clock, this.#give, see);
    const disk = createDisk(clock, setting.syncMs ?? 2);
    const { controllerRate, controllerOffsetMs, agents } = setting;
    this.#controller = new ControllerSeat(
      this.#stage,
      'controller',
      disk,
      controllerRate,
      controllerOffsetMs,
    );
    this.#rival = new ControllerSeat(this.#stage, 'rival', disk);
    this.#agents = new Map(agents.map((agent) => [agent.id, new AgentSeat(this.#stage, agent)]));
    this.#inside = {
      client: this.#client,
      stage: this.#stage,
      faults: this.#faults,
      controller: this.#controller,
      rival: this.#rival,
      agents: this.#agents,
      seatOf: (seat) => this.#seatOf(seat),
      twinOf: (agent) => this.#twinOf(agent),
      plan: (script) => this.#plan(script),
      mind: (work) => this.#mind(work),
      heal: () => this.#heal(),
    };
    this.view = this.#createView();
  }

  /**
   * Opens a world and starts its controller and agents; they come up as time moves.
   *
   * @param hear gets every sight, in order. What it throws ends the run: `advance` and `until` reject with it
   */
  static open(setting: Setting, hear: (sight: Sight) => void, options: WorldOptions = {}): World {
    const world = new World(setting, hear, options);
    world.#controller.start();
    for (const agent of world.#agents.values()) agent.start();
    return world;
  }

  /**
   * Does it now. What has `forMs` ends by itself.
   *
   * @throws RangeError when the action names a seat that is not here
   */
  do(action: Action): void {
    perform(this.#inside, action);
  }

  /** Moves time on by so many ms. Rejects with what `hear` has thrown. */
  async advance(ms: number): Promise<void> {
    await this.clock.advanceUntil(this.#isTroubled, { withinMs: ms });
    this.#tell();
  }

  /**
   * Moves time on until the condition holds, for at most `withinMs`; resolves with whether it does. It is asked
   * after each timer. Rejects with what `hear` has thrown.
   */
  async until(condition: () => boolean, withinMs: number): Promise<boolean> {
    let holds = false;
    const isOver = () => this.#isTroubled() || (holds = condition());
    await this.clock.advanceUntil(isOver, { withinMs });
    this.#tell();
    return holds;
  }

  /** What keeps the world from rest, as sentences. The first one is cheap to ask for. */
  *leftOver(): Generator<string> {
    const { open } = this.#client;
    if (open > 0) yield `${open} commands have not been answered`;
    if (!this.#controller.node) yield 'the controller is down';
    yield* workLeft(this.#controller.store);
    for (const agent of this.#agents.values()) {
      if (!agent.node) yield `${agent.id} is down`;
      yield* agent.leftOver();
    }
  }

  /** Ends all processes; nothing more is heard of them. */
  close(): void {
    this.#isClosed = true;
    for (const seat of [this.#controller, this.#rival, ...this.#agents.values(), this.#twin])
      seat?.die();
  }

  /** The first to be asked is the controller of this world; when it is down, whoever has taken its store. */
  readonly #give: Give = (command) => {
    const node = this.#controller.node ?? this.#rival.node;
    if (command.kind === 'handOver') return node?.handOver(command.timeoutMs) as never;
    return node?.command(command);
  };

  #heal(): void {
    this.#isHealed = true;
    this.#stage.took({ do: 'heal' });
    this.#faults.end();
    for (const seat of [this.#controller, ...this.#agents.values()]) {
      seat.await();
      seat.start();
    }
    this.#operate(new Set());
  }

  /** Looks after what waits for a person, again and again. */
  #operate(asked: Set<string>): void {
    const { store } = this.#controller;
    const once = (name: string, command: Command) => {
      if (asked.has(name)) return;
      asked.add(name);
      this.#mind(this.#client.run(command).finally(() => asked.delete(name)));
    };
    for (const id of parkedIn(store)) once(id, { kind: 'retry', id, by: BY });
    for (const agent of drainingIn(store))
      once(`drain ${agent}`, { kind: 'drain', agent, drain: false, by: BY });
    this.clock.after(OPERATOR_MS, () => this.#operate(asked));
  }

  #seatOf(seat: Seat): AgentSeat | ControllerSeat {
    const special = { controller: this.#controller, rival: this.#rival, twin: this.#twin };
    const found = special[seat as keyof typeof special] ?? this.#agents.get(seat);
    if (found) return found;
    const names = ['controller', ...this.#agents.keys()].join(', ');
    throw new RangeError(`There is no seat "${seat}" in this world; there are ${names}.`);
  }

  #twinOf(id: string): AgentSeat | undefined {
    if (this.#twin?.isUp) return undefined;
    const agent = this.#setting.agents.find((each) => each.id === id) ?? { id };
    return (this.#twin = new AgentSeat(this.#stage, agent, 'twin'));
  }

  #createStage(tap: WorldOptions['tap']): Stage {
    const { clock } = this;
    const namespace = this.#setting.settings.namespace ?? 'lifeline';
    const see = (seen: Seen) => this.#see(seen);
    let ids = 0;
    return {
      setting: this.#setting,
      namespace,
      clock,
      network: createNetwork(clock, namespace, (agent, fate) =>
        see({ what: 'frame', agent, fate }),
      ),
      ledger: {
        push: (line) => {
          this.#ledger.push(line);
          see({ what: 'ledger', line });
        },
      },
      alive: new Set(),
      newId: () => `n${++ids}`,
      behave: (work) => this.#behave(work),
      tapOf: (seat) => tap?.(seat),
      see,
      took: (action) => see({ what: 'action', action }),
    };
  }

  /** Work that does the work of another one again is told by its input. */
  #behave({ id, fence, input }: Work): Behaviour {
    const script = this.#scripts.get((input as { id: string }).id) ?? {};
    this.#plan({ ...script, id });
    return behaviourOf(script, id, fence.attempt);
  }

  #see(seen: Seen): void {
    if (this.#isClosed || this.#trouble) return;
    try {
      this.#hear({ ...seen, atMs: this.clock.elapsed() });
    } catch (error) {
      this.#trouble = { error };
    }
  }

  #createView(): WorldView {
    const { clock } = this;
    const isHealed = () => this.#isHealed;
    return {
      setting: this.#setting,
      get nowMs() {
        return clock.elapsed();
      },
      ledger: this.#ledger,
      alive: this.#stage.alive,
      storeOf: (seat) => this.#seatOf(seat).store,
      scriptOf: (id) => this.#scripts.get(id),
      get healed() {
        return isHealed();
      },
    };
  }

  #plan({ id, ...script }: NamedScript): void {
    if (!this.#scripts.has(id)) this.#scripts.set(id, script);
  }

  /** What goes wrong in it ends the run. */
  #mind(work: Promise<unknown>): void {
    work.catch((error: unknown) => (this.#trouble ??= { error }));
  }

  readonly #isTroubled = () => this.#trouble !== undefined;

  #tell(): void {
    if (this.#trouble) throw this.#trouble.error;
  }
}
