/**
 * One term of a controller: its parts, joined into the turn loop.
 *
 *   frame ───▶ AgentConnections ──content──▶ Takeover ──▶ SubTransactions ──counts──▶ Jobs
 *   command ─▶ Commands ─────────────────────────────────▶      │
 *   deadline ▶ whose name it bears                               ▼
 *   end of turn: HandOut gives what is queued, connections send what they owe
 *
 * A term ends with the process, or when a turn cannot be recorded; the next one recovers from the store.
 */
import { handOutAfterMs } from '../machines/timing.ts';
import { AgentConnections } from './agent-connection.ts';
import { Cleanups } from './cleanup.ts';
import { Commands, type Command } from './commands.ts';
import type { Memory } from './freezing.ts';
import { HandlerConfigs } from './handler-configs.ts';
import {
  Ground,
  type ControllerConfig,
  type ControllerEffect,
  type ControllerInput,
} from './ground.ts';
import { weigh } from './evidence.ts';
import { HandOut } from './hand-out.ts';
import { Handover } from './handover.ts';
import { Jobs } from './job.ts';
import { key, subject, type MetaRow } from './records.ts';
import { Queues } from './queue.ts';
import { Sheets } from './sheets.ts';
import { SubTransactions, type SubTransactionHooks } from './sub-transaction.ts';
import { Obstacles } from './obstacles.ts';
import { Pace } from './pace.ts';
import { ProcessClasses } from './process-classes.ts';
import { Takeover } from './takeover.ts';
import type { Turn } from './turn.ts';
import { TurnLoop, type Logic, type TurnLoopOptions } from './turn-loop.ts';
import { sweep } from './watchdog.ts';

export class Term implements Logic<ControllerInput, ControllerEffect> {
  readonly loop: TurnLoop<ControllerInput, ControllerEffect>;
  readonly connections: AgentConnections;
  readonly takeover: Takeover;
  readonly #ground: Ground;
  readonly #subs: SubTransactions;
  readonly #jobs: Jobs;
  readonly #classes: ProcessClasses;
  readonly #cleanups: Cleanups;
  readonly #configs: HandlerConfigs;
  readonly #pace = new Pace();
  readonly #handOut: HandOut;
  readonly #obstacles: Obstacles;
  readonly #commands: Commands;
  readonly #handover: Handover;
  readonly #outside: (effect: ControllerEffect) => void;

  /**
   * @param outside performs what leaves the node: frames, replies, log lines
   */
  constructor(
    meta: MetaRow,
    config: ControllerConfig,
    options: Omit<TurnLoopOptions<ControllerInput, ControllerEffect>, 'logic' | 'first'>,
    outside: (effect: ControllerEffect) => void,
  ) {
    this.#outside = outside;
    this.loop = new TurnLoop({ ...options, logic: this, first: 'inbox' });
    this.#ground = new Ground(meta, config, this.loop);
    this.connections = new AgentConnections(this.#ground, {
      content: (peer, frame) => this.takeover.content(peer, frame),
      lost: (agent, releaseAt) => this.#lost(agent, releaseAt),
      back: () => this.#sweep(),
      couldNotTake: (agent) => this.#classes.failed(agent),
      hasTaken: (agent) => this.#classes.succeeded(agent),
      logLength: (fence) => this.takeover.logLength(fence),
    });
    this.#configs = new HandlerConfigs(this.#ground);
    const sheets = new Sheets(this.#ground);
    const queues = new Queues(this.#ground, sheets);
    this.#classes = new ProcessClasses(this.#ground, {
      ofHandler: (handler, run) =>
        this.#configs.classOf(handler, run ? (run.startFact ?? 0) : null),
      run: (job) => this.#jobs.row(job),
      running: (name) => this.#subs.countInClass(name),
      retimed: () => this.connections.retimed(),
    });
    this.#jobs = new Jobs(this.#ground, () => this.#subs, queues, sheets);
    this.#subs = new SubTransactions(this.#ground, queues, sheets, this.#subHooks());
    this.takeover = new Takeover(this.#ground, this.#subs, this.connections, this.#pace);
    this.#handOut = new HandOut(
      this.#ground,
      this.#subs,
      queues,
      this.connections,
      this.#jobs,
      this.#classes,
      this.#pace,
    );
    this.#cleanups = new Cleanups(this.#ground, this.#jobs);
    this.#commands = new Commands(
      this.#ground,
      this.#subs,
      sheets,
      this.#jobs,
      this.connections,
      this.#classes,
      this.#cleanups,
      this.#configs,
    );
    this.#handover = new Handover(this.#ground, this.connections, this.#subs);
    this.#obstacles = new Obstacles(
      this.#ground,
      {
        connections: this.connections,
        subs: this.#subs,
        jobs: this.#jobs,
        queues,
        classes: this.#classes,
      },
      () => this.#handover.givesOut,
    );
    this.loop.post({ kind: 'recover' });
  }

  #subHooks(): SubTransactionHooks {
    return {
      ask: (agent, fence) => this.#request(agent, (peer) => peer.ask(fence)),
      kill: (agent, fence, reason) => this.#request(agent, (peer) => peer.kill(fence, reason)),
      classOf: ({ job, handler }) => this.#classes.nameFor(job, handler),
      heldForMs: (agent) => this.connections.heldForMs(agent),
      counted: (job, generation, change) => this.#jobs.counted(job, generation, change),
      hookMoved: (row) => this.#jobs.hookMoved(row),
      settled: ({ birth }, outcome) => this.loop.turn.act({ kind: 'settled', birth, outcome }),
      weigh: (row) => weigh(row, this.connections, this.#ground.term, this.loop.turn.at),
      propertiesOf: (handler, version) => this.#configs.propertiesOf(handler, version),
    };
  }

  take(input: ControllerInput, turn: Turn<ControllerEffect>): void {
    switch (input.kind) {
      case 'recover':
        return this.#recover(turn.at);
      case 'frame':
        this.connections.take(input.frame);
        return this.#handover.heard(input.frame);
      case 'probe':
        return this.connections.probeBack(input.sentAt);
      case 'connected':
        return this.connections.reconnected();
      case 'disconnected':
        return this.connections.disconnected();
      case 'command':
        return this.#command(input.command, input.ticket);
    }
  }

  due(name: string): void {
    const what = name.split(':', 1)[0]!;
    if (what === 'sub' || what === 'due' || what === 'received') this.#subs.due(name);
    else if (what === 'job' || what === 'stop') this.#jobs.due(name);
    else if (what === 'cleanup') this.#cleanups.due(name);
    else if (what === 'sweep') this.#sweep();
    else if (what === 'hold') this.#hold();
    else if (what === 'look') return;
    else if (what === 'controller' || what === 'handover') this.#handover.due(name);
    else this.connections.due(name);
  }

  finish(): void {
    this.#jobs.advance();
    if (this.#handover.givesOut && this.#handOut.run()) this.#jobs.advance();
    this.#subs.finish();
    this.#jobs.finish();
    this.#handover.finish();
    this.connections.finish();
    this.#ground.finish();
  }

  perform(effect: ControllerEffect): void {
    if (effect.kind === 'durable') this.connections.durable(effect);
    else if (effect.kind === 'granted') this.#ground.granted(effect.plan);
    else if (effect.kind !== 'frame') this.#outside(effect);
    else if (this.#holds()) {
      this.#outside(effect);
      this.connections.sent(effect);
    }
  }

  /** Births of what is out at an agent. */
  flightsAt(agent: string): readonly number[] {
    return this.#subs.onAgent(agent);
  }

  remember(memory: Memory): void {
    memory.part('ground', this.#ground);
    memory.part('connections', this.connections);
    memory.part('takeover', this.takeover);
    memory.part('subs', this.#subs);
    memory.part('jobs', this.#jobs);
    memory.part('classes', this.#classes);
    memory.part('configs', this.#configs);
    memory.part('pace', this.#pace);
    memory.part('handOut', this.#handOut);
    memory.part('handover', this.#handover);
    // Last: its deadlines are those that were set, whatever a chart which is put back sets.
    memory.part('loop', this.loop);
  }

  #command(command: Command, ticket: number): void {
    if (command.kind === 'leave') this.#handover.leave(ticket);
    else if (command.kind === 'handOver') this.#handover.begin(command.timeoutMs, ticket);
    else if (command.kind === 'obstacles' || command.kind === 'processClasses')
      this.#obstacles.answer(command, ticket);
    else this.#commands.take(command, ticket);
  }

  #recover(at: number): void {
    const { controllerId, term, config } = this.#ground;
    this.#classes.recover();
    this.#handover.start(at);
    this.#jobs.recover();
    this.#cleanups.recover();
    this.connections.recover();
    this.#subs.recover();
    this.#handover.recovered(at);
    this.loop.deadlines.set('sweep', at + config.sweepMs);
    if (config.termLeaseMs > 0) this.#hold();
    const detail = { controllerId, term, handOutAfterMs: handOutAfterMs(config.timing, config) };
    this.#ground.record({ subject: subject.controller, kind: 'controller.active', detail });
  }

  /** True while it is certain that no other controller has taken over; else nothing is said to agents (R13). */
  #holds(): boolean {
    const { termLeaseMs } = this.#ground.config;
    return termLeaseMs === 0 || this.loop.fresh() - this.loop.provenAt() < termLeaseMs;
  }

  /** An idle controller proves its hold by writing. */
  #hold(): void {
    const { turn, deadlines } = this.loop;
    turn.put(key.hold, turn.at);
    deadlines.set('hold', turn.at + Math.ceil(this.#ground.config.termLeaseMs / 3));
  }

  /** A boot is lost: what it held ends as lost, and may be given out again when its lease is surely over. */
  #lost(agent: string, releaseAt: number): void {
    const { at } = this.loop.turn;
    for (const birth of this.#subs.onAgent(agent)) {
      const { attempt } = this.#subs.row(birth)!.context;
      this.takeover.told.delete(birth);
      const event = { type: 'lost', at, attempt, death: false, releaseAt } as const;
      this.#subs.send(birth, event, { rule: 'silence' });
    }
  }

  #sweep(): void {
    const { at } = this.loop.turn;
    this.loop.deadlines.set('sweep', at + this.#ground.config.sweepMs);
    const asked = sweep(this.#subs, this.connections, at, this.#ground.config.sweepMs);
    if (asked > 0) this.#ground.log('info', { asked }, 'watchdog asked again');
  }

  #request(
    agent: string,
    add: (peer: NonNullable<ReturnType<AgentConnections['peer']>>) => void,
  ): void {
    const peer = this.connections.peer(agent);
    if (peer && peer.row.state === 'present') add(peer);
  }
}
