/**
 * What each action does to a world: commands, processes, the network, disks, clocks. What finds nothing to
 * break does nothing, and does not show.
 */
import { checkConfig } from '../actors/controller-config.ts';
import { checkClasses } from '../machines/class-settings.ts';
import { BY, type Client } from './client.ts';
import { createDice } from './dice.ts';
import type { Trouble } from './network.ts';
import type { Action, NamedScript, Seat } from './plan.ts';
import { itemOf } from './work-script.ts';
import type { AgentSeat } from './world-agent.ts';
import type { ControllerSeat } from './world-controller.ts';
import type { WorldFaults } from './world-faults.ts';
import type { Stage } from './world-stage.ts';

type Of<Name extends Action['do']> = Action extends infer Each
  ? Each extends { readonly do: infer Names }
    ? Name extends Names
      ? Each
      : never
    : never
  : never;

/** What the actions need of a world. */
export interface Inside {
  readonly client: Client;
  readonly stage: Stage;
  readonly faults: WorldFaults;
  readonly controller: ControllerSeat;
  readonly rival: ControllerSeat;
  readonly agents: ReadonlyMap<string, AgentSeat>;
  /** @throws RangeError when there is no such seat */
  readonly seatOf: (seat: Seat) => AgentSeat | ControllerSeat;
  /** A second machine under the id of an agent; undefined: there is one, of whatever agent. */
  readonly twinOf: (agent: string) => AgentSeat | undefined;
  /** Notes what a piece of work does. */
  readonly plan: (script: NamedScript) => void;
  /** Goes on by itself; what it throws ends the run. */
  readonly mind: (work: Promise<unknown>) => void;
  /** From here on nothing goes wrong any more. */
  readonly heal: () => void;
}

/** Does an action. */
export function perform(inside: Inside, action: Action): void {
  const table = actions as Record<string, (inside: Inside, action: Action) => void>;
  table[action.do]!(inside, action);
}

const steer = ({ client, stage, mind }: Inside, { do: kind, id }: Of<'cancel'>) => {
  stage.took({ do: kind, id });
  mind(client.run({ kind, id, by: BY }));
};

/** What people and programs ask of the controller. */
const commands = {
  submit({ client, stage, plan, mind }: Inside, action: Of<'submit'>) {
    plan(action);
    stage.took(action);
    mind(client.run({ kind: 'submit', item: itemOf(action), by: BY }));
  },

  job({ client, stage, plan, mind }: Inside, action: Of<'job'>) {
    const { name, items, batch = Math.max(1, items.length) } = action;
    for (const item of items) plan(item);
    stage.took(action);
    mind(client.feed(name, items.map(itemOf), batch));
  },

  cancel: steer,
  retry: steer,
  accept: steer,
  giveUp: steer,

  stopJob({ client, stage, mind }: Inside, action: Of<'stopJob'>) {
    stage.took(action);
    mind(client.run({ kind: 'stopJob', job: action.job, by: BY }));
  },

  drain({ client, stage, mind }: Inside, action: Of<'drain'>) {
    const { agent, drain = true } = action;
    stage.took(action);
    mind(client.run({ kind: 'drain', agent, drain, by: BY }));
  },

  classes({ client, stage, mind }: Inside, action: Of<'classes'>) {
    stage.took(action);
    const { timing } = checkConfig(action.settings);
    const { select, maxProcesses } = checkConfig(stage.setting.settings);
    const classes = checkClasses(
      [
        { name: 'k', agents: [action.agent], ...timing },
        { name: 'default', select, maxProcesses, restMs: 5_000 },
      ],
      timing,
    );
    mind(client.run({ kind: 'configure', classes, by: BY }));
  },

  leave({ agents, seatOf, stage }: Inside, action: Of<'leave'>) {
    seatOf(action.agent);
    if (agents.get(action.agent)?.leave()) stage.took(action);
  },

  /** A controller that hands over gives nothing out any more: another process follows. */
  handOver({ client, controller, stage, mind }: Inside, action: Of<'handOver'>) {
    stage.took(action);
    const { timeoutMs } = action;
    mind(client.run({ kind: 'handOver', timeoutMs }).then(() => controller.renew()));
  },

  heal({ heal }: Inside) {
    heal();
  },

  mend({ faults, seatOf, stage }: Inside, action: Of<'mend'>) {
    const seat = seatOf(action.seat);
    stage.took(action);
    seat.await();
    faults.end((_, at) => at === action.seat);
    if (action.seat !== 'twin' && action.seat !== 'rival') seat.start();
  },
};

/** Processes. */
const processes = {
  start({ seatOf, stage }: Inside, action: Of<'start'>) {
    if (seatOf(action.seat).start()) stage.took(action);
  },

  crash({ seatOf, faults }: Inside, action: Of<'crash'>) {
    const seat = seatOf(action.seat);
    if (!seat.isUp) return;
    const die = () => {
      seat.keepDown();
      seat.die(action);
      faults.begin(action, action.seat, action.forMs, () => void seat.start());
    };
    if (action.phase) seat.await(action.phase, die);
    else die();
  },

  pause({ seatOf, faults }: Inside, action: Of<'pause'>) {
    const { process } = seatOf(action.seat);
    if (!process || process.isStopped) return;
    process.stop();
    faults.begin(action, action.seat, action.forMs, () => process.goOn());
  },

  resume({ seatOf, faults, stage }: Inside, action: Of<'resume'>) {
    if (!seatOf(action.seat).process?.isStopped) return;
    stage.took(action);
    faults.end((other, seat) => other.do === 'pause' && seat === action.seat);
  },

  backup({ seatOf, stage }: Inside, action: Of<'backup'>) {
    seatOf(action.seat).backup();
    stage.took(action);
  },

  restore({ seatOf, faults, stage }: Inside, action: Of<'restore'>) {
    const seat = seatOf(action.seat);
    if (!seat.hasBackup) return;
    faults.end((other, at) => other.do === 'disk' && at === action.seat);
    stage.took(action);
    seat.restore();
    seat.start();
  },

  twin({ twinOf, faults }: Inside, action: Of<'twin'>) {
    const twin = twinOf(action.agent);
    if (!twin) return;
    twin.start();
    faults.begin(action, 'twin', action.forMs, () => {
      twin.keepDown();
      twin.die();
    });
  },

  rival({ rival, controller, stage, faults }: Inside, action: Of<'rival'>) {
    if (!stage.setting.sharedStore || rival.isUp) return;
    rival.start();
    // Whoever loses the store to the rival waits until that is gone.
    controller.keepDown();
    faults.begin(action, 'rival', action.forMs, () => {
      rival.keepDown();
      rival.die();
      controller.start();
    });
  },

  retime({ controller, stage }: Inside, action: Of<'retime'>) {
    controller.renew(action.settings);
    stage.took(action);
  },
};

/** The network, the disks, the clocks. */
const troubles = {
  cut(inside: Inside, action: Of<'cut'>) {
    const { agent, way, only } = action;
    if (only === undefined) return trouble(inside, action, { cut: true });
    const end = inside.stage.network.part(only, agent, way);
    inside.faults.begin(action, agent, action.forMs, end);
  },

  lossy(inside: Inside, action: Of<'lossy'>) {
    const { drop = 0, duplicate = 0, reorder = 0, delayMs, agent, way } = action;
    const { setting, clock } = inside.stage;
    const dice = createDice(setting.seed).fork(`lossy ${clock.elapsed()} ${agent} ${way}`);
    const chance = () => dice.fraction();
    trouble(inside, action, { drop, duplicate, reorder, chance, ...(delayMs && { delayMs }) });
  },

  offline({ stage, faults }: Inside, action: Of<'offline'>) {
    const end = stage.network.disconnect(action.seat);
    if (end) faults.begin(action, action.seat, action.forMs, end);
  },

  echo({ stage, faults }: Inside, action: Of<'echo'>) {
    const { agent, way, frames: most = 50 } = action;
    const end = stage.network.hold(agent, way, { copies: true, most });
    faults.begin(action, agent, action.forMs, end);
  },

  hold({ stage, faults }: Inside, action: Of<'hold'>) {
    const { agent, way } = action;
    const end = stage.network.hold(agent, way, { copies: false, most: Infinity });
    faults.begin(action, agent, action.forMs, end);
  },

  disk({ seatOf, faults, controller, stage }: Inside, action: Of<'disk'>) {
    const { disk } = seatOf(action.seat);
    if (action.fault === 'fail') {
      disk.fail(action.times ?? 1, action.outcome ?? 'nothing');
      stage.took(action);
      return;
    }
    const begin = {
      stall: () => disk.stall(),
      slow: () => disk.slow(action.syncMs ?? 1_000),
      full: () => disk.fill(),
      gone: () => (action.seat === 'controller' ? controller.cutStore() : undefined),
    };
    const end = begin[action.fault]();
    if (end) faults.begin(action, action.seat, action.forMs, end);
  },

  jump({ seatOf, stage }: Inside, action: Of<'jump'>) {
    seatOf(action.seat).jump(action.byMs);
    stage.took(action);
  },
};

const actions: { readonly [Name in Action['do']]: (inside: Inside, action: Of<Name>) => void } = {
  ...commands,
  ...processes,
  ...troubles,
};

function trouble({ stage, faults }: Inside, action: Of<'cut'> | Of<'lossy'>, what: Trouble): void {
  const end = stage.network.trouble(action.agent, action.way, what);
  faults.begin(action, action.agent, action.forMs, end);
}
