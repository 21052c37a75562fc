/**
 * The connection to one boot of one agent, as the controller sees it.
 *
 *                    ┌────── one timeout (60 s) without trouble ──────┐
 *                    ▼                                                │
 *   reconciling ─▶ connected ─────────┐                               │
 *     │ ▲ │  report                   ├─ more than 12 s silent, or deaf ─▶ suspect
 *     │ │ └────────▶ reconciled ──────┘                               │     │ │
 *     │ │            (there was trouble before) ──────────────────────┘     │ │
 *     │ └──────────────────────── a word that is not deaf ──────────────────┘ │
 *     └─ 60 s without the report ──────▶ lost* ◀─────────── 60 s of silence ──┘
 *
 *   all but lost ─▶ left*   when the agent says that it has ended in order
 *
 * The durations are those of the `Timing` (10 s, 2 s, 60 s by default). A word is any frame of this boot;
 * it is *deaf* when the agent says that it has not heard the controller for more than period + delay: a
 * one-way cut must not look healthy, and 60 s of deaf words count like silence. `lost` and `left` are final
 * for the boot (R1). The guard before the work is given out again counts from `heardAt`, not from the entry of
 * `lost`: a boot that spoke in vain may have had its lease renewed by its last word.
 *
 * Effects (empty here, given by `provide`): openLink, probe, declareLost.
 */
import { assertEvent, assign, setup } from 'xstate';
import { suspectAfterMs, type Timing } from './timing.ts';

/** Instants in ms on the controller's clock. */
export interface AgentConnectionContext {
  readonly agent: string;
  readonly boot: number;
  readonly timing: Timing;
  /** The last word of the boot, or when the controller began to hear (again), whichever is later. */
  readonly heardAt: number;
  /** When the present state was entered. */
  readonly since: number;
  /** When the present trouble began; null: there is none. */
  readonly outageAt: number | null;
  /** How often there was trouble in this boot. */
  readonly outages: number;
  /** When the present or last reconciliation began. */
  readonly reconcilingAt: number;
  /** When the last report came; null: never. */
  readonly reconciledAt: number | null;
  /** When to send it `timeout`; null: never. */
  readonly deadlineAt: number | null;
}

/** What a connection begins with. */
export interface AgentConnectionInput {
  readonly agent: string;
  readonly boot: number;
  readonly timing: Timing;
  readonly at: number;
  /** There was trouble before this boot: its report leads to `reconciled`, not straight to `connected`. */
  readonly outage: boolean;
}

/** What happens to a connection. `at`: instant in ms on the controller's clock. */
export type AgentConnectionEvent =
  /** Any frame of this boot. `deaf`: it has not heard the controller for more than period + delay. */
  | { readonly type: 'word'; readonly at: number; readonly deaf: boolean }
  /** The whole report of the present link is here. */
  | { readonly type: 'report'; readonly at: number }
  | { readonly type: 'timeout'; readonly at: number }
  /** The controller hears again, after a cut of its own or a blocked loop: all silence counts from now. */
  | { readonly type: 'hearing'; readonly at: number }
  | { readonly type: 'retime'; readonly at: number; readonly timing: Timing }
  /** The agent says that this boot is over and nothing of it lives. */
  | { readonly type: 'end'; readonly at: number };

/** The states of a connection. */
export type AgentConnectionState =
  'reconciling' | 'connected' | 'suspect' | 'reconciled' | 'lost' | 'left';

interface Given {
  context: AgentConnectionContext;
  event: AgentConnectionEvent;
}

function isDue({ context, event }: Given): boolean {
  return context.deadlineAt !== null && event.at >= context.deadlineAt;
}

/** First instant at which silence makes suspect: period + delay, inclusive, is still connected. */
function suspicionAt({ heardAt, timing }: AgentConnectionContext): number {
  return heardAt + suspectAfterMs(timing) + 1;
}

/** One timeout after the report without trouble: the outage is history. */
function calmAt({ reconciledAt, since, timing }: AgentConnectionContext): number {
  return (reconciledAt ?? since) + timing.timeoutMs;
}

const base = setup({
  types: {
    context: {} as AgentConnectionContext,
    events: {} as AgentConnectionEvent,
    input: {} as AgentConnectionInput,
  },
  guards: {
    isDue,
    isDeaf: ({ event }) => {
      assertEvent(event, 'word');
      return event.deaf;
    },
    hadTrouble: ({ context }) => context.outageAt !== null,
    isSilent: ({ context, event }) => event.at >= suspicionAt(context),
    isCalm: ({ context, event }) => event.at >= calmAt(context),
  },
  actions: {
    hear: assign(({ context, event }) => ({ heardAt: Math.max(context.heardAt, event.at) })),
    enter: assign(({ event }) => ({ since: event.at })),
    beginOutage: assign(({ context, event }) => ({
      outageAt: event.at,
      outages: context.outages + 1,
    })),
    endOutage: assign({ outageAt: null }),
    // What counts as heard later than now (the predecessor's echoes) puts the report off, too.
    beginReconciling: assign(({ context, event }) => ({
      reconcilingAt: Math.max(context.heardAt, event.at),
    })),
    noteReport: assign(({ event }) => ({ reconciledAt: event.at })),
    retime: assign(({ event }) => {
      assertEvent(event, 'retime');
      return { timing: event.timing };
    }),
    armReport: assign(({ context }) => ({
      deadlineAt: context.reconcilingAt + context.timing.timeoutMs,
    })),
    armSuspicion: assign(({ context }) => ({ deadlineAt: suspicionAt(context) })),
    armLoss: assign(({ context }) => ({ deadlineAt: context.heardAt + context.timing.timeoutMs })),
    armCalm: assign(({ context }) => ({
      deadlineAt: Math.min(suspicionAt(context), calmAt(context)),
    })),
    disarm: assign({ deadlineAt: null }),
    openLink: () => {},
    probe: () => {},
    declareLost: () => {},
  },
});

const saysGoodbye = {
  target: 'left',
  actions: 'enter',
  description: 'The agent says that it has ended in order.',
} as const;

const fallsSilent = {
  guard: 'isSilent',
  target: 'suspect',
  actions: ['enter', 'beginOutage'],
  description: 'After more than period + delay (12 s) without a word.',
} as const;

const hearsNothingOfUs = {
  guard: 'isDeaf',
  target: 'suspect',
  actions: ['hear', 'enter', 'beginOutage'],
  description: 'It has not heard the controller for more than period + delay (12 s).',
} as const;

/** The connection to one boot of one agent, as the controller sees it. */
export const agentConnection = base.createMachine({
  id: 'agentConnection',
  initial: 'reconciling',
  context: ({ input: { agent, boot, timing, at, outage } }) => ({
    agent,
    boot,
    timing,
    heardAt: at,
    since: at,
    outageAt: outage ? at : null,
    outages: outage ? 1 : 0,
    reconcilingAt: at,
    reconciledAt: null,
    deadlineAt: null,
  }),
  states: {
    reconciling: {
      description: 'A new link is opened and the report of the boot awaited.',
      entry: ['armReport', 'openLink'],
      on: {
        word: {
          actions: 'hear',
          description: 'Heard, but a word is no report: it does not extend.',
        },
        report: [
          {
            guard: 'hadTrouble',
            target: 'reconciled',
            actions: ['hear', 'enter', 'noteReport'],
            description: 'The report is here; there was trouble before.',
          },
          {
            target: 'connected',
            actions: ['hear', 'enter', 'noteReport'],
            description: 'The first report of a boot without trouble before it.',
          },
        ],
        timeout: {
          guard: 'isDue',
          target: 'lost',
          actions: 'enter',
          description: 'After one timeout (60 s) without the report, whatever else was heard.',
        },
        hearing: {
          actions: ['hear', 'beginReconciling', 'armReport'],
          description: 'The controller hears again: the report has one timeout (60 s) from now.',
        },
        retime: { actions: ['retime', 'armReport'], description: 'Other durations hold from now.' },
        end: saysGoodbye,
      },
    },
    connected: {
      description: 'Heard within period + delay (12 s inclusive): work is given.',
      entry: 'armSuspicion',
      on: {
        word: [
          hearsNothingOfUs,
          { actions: ['hear', 'armSuspicion'], description: 'The silence begins anew.' },
        ],
        timeout: fallsSilent,
        hearing: {
          actions: ['hear', 'armSuspicion'],
          description: 'The controller hears again: silence counts from now.',
        },
        retime: {
          actions: ['retime', 'armSuspicion'],
          description: 'Other durations hold from now.',
        },
        end: saysGoodbye,
      },
    },
    suspect: {
      description: 'Silent or deaf: nothing new is given, with no request open a probe is sent.',
      entry: ['armLoss', 'probe'],
      on: {
        word: [
          {
            guard: 'isDeaf',
            actions: 'hear',
            description:
              'It speaks but still hears nothing of the controller: that does not extend.',
          },
          {
            target: 'reconciling',
            actions: ['hear', 'enter', 'beginReconciling'],
            description: 'A word before the timeout (60 s): notes are compared.',
          },
        ],
        timeout: {
          guard: 'isDue',
          target: 'lost',
          actions: 'enter',
          description: 'At the timeout (60 s) after the last word.',
        },
        hearing: {
          actions: ['hear', 'armLoss'],
          description: 'The controller hears again: silence counts from now.',
        },
        retime: { actions: ['retime', 'armLoss'], description: 'Other durations hold from now.' },
        end: saysGoodbye,
      },
    },
    reconciled: {
      description: 'Works like connected and shows that there was an outage, with its report.',
      entry: 'armCalm',
      on: {
        word: [
          hearsNothingOfUs,
          { actions: ['hear', 'armCalm'], description: 'The silence begins anew.' },
        ],
        timeout: [
          fallsSilent,
          {
            guard: 'isCalm',
            target: 'connected',
            actions: ['enter', 'endOutage'],
            description: 'One timeout (60 s) after the report without trouble.',
          },
        ],
        hearing: {
          actions: ['hear', 'armCalm'],
          description: 'The controller hears again: silence counts from now.',
        },
        retime: { actions: ['retime', 'armCalm'], description: 'Other durations hold from now.' },
        end: saysGoodbye,
      },
    },
    lost: {
      type: 'final',
      description:
        'Final for this boot: its attempts end as lost, every word of it is answered gone.',
      entry: ['disarm', 'declareLost'],
    },
    left: {
      type: 'final',
      description: 'Final for this boot: nothing of it lives, every word of it is answered gone.',
      entry: 'disarm',
    },
  },
});
