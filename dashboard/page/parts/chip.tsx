/**
 * States as people read them: a sign, a word, and a tone that only underlines what the word says.
 *
 *   good   it is as it should be        busy   it moves            warn   look at it soon
 *   bad    somebody must look           wait   its time comes      off    it is over, or nothing is to be done
 */
import type { ComponentChildren } from 'preact';
import type { Liveness } from '../../../actors/views.ts';
import type { JobState } from '../../../machines/job.ts';
import type { SubTransactionState } from '../../../machines/sub-transaction.ts';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'good' | 'busy' | 'wait' | 'warn' | 'bad' | 'off';

export interface Look {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly text: string;
}

const look = (tone: Tone, icon: IconName, text: string): Look => ({ tone, icon, text });

export const subLooks: Readonly<Record<SubTransactionState, Look>> = {
  queued: look('wait', 'queued', 'queued'),
  sent: look('busy', 'next', 'sent'),
  received: look('busy', 'next', 'received'),
  inProgress: look('busy', 'runs', 'in progress'),
  idle: look('warn', 'asks', 'idle'),
  waiting: look('wait', 'waits', 'waiting'),
  parked: look('warn', 'asks', 'parked'),
  cancelling: look('warn', 'stopped', 'cancelling'),
  done: look('good', 'done', 'done'),
  failed: look('bad', 'failed', 'failed'),
  cancelled: look('off', 'stopped', 'cancelled'),
};

export const jobLooks: Readonly<Record<JobState, Look>> = {
  starting: look('busy', 'runs', 'starting'),
  running: look('busy', 'runs', 'running'),
  finishing: look('busy', 'runs', 'finishing'),
  resting: look('wait', 'waits', 'resting'),
  stopping: look('warn', 'stopped', 'stopping'),
  finished: look('good', 'done', 'finished'),
  stopped: look('off', 'stopped', 'stopped'),
};

/** The worst first. */
export const livenessLooks: Readonly<Record<Liveness, Look>> = {
  gone: look('bad', 'failed', 'gone'),
  cutOff: look('bad', 'cut', 'cut off'),
  blocked: look('warn', 'warns', 'blocked'),
  rebooted: look('warn', 'again', 'rebooted'),
  alive: look('good', 'done', 'alive'),
  left: look('off', 'left', 'left'),
};

const connectionLooks: Readonly<Record<string, Look>> = {
  reconciling: look('busy', 'again', 'reconciling'),
  connected: look('good', 'done', 'connected'),
  suspect: look('warn', 'asks', 'suspect'),
  reconciled: look('good', 'again', 'reconciled'),
  lost: look('bad', 'failed', 'lost'),
  left: look('off', 'left', 'left'),
};

export function Chip({
  tone,
  icon,
  children,
}: Omit<Look, 'text'> & { readonly children: ComponentChildren }) {
  return (
    <span class={`chip tone-${tone}`}>
      <Icon name={icon} size={12} />
      {children}
    </span>
  );
}

const shown = ({ tone, icon, text }: Look) => (
  <Chip tone={tone} icon={icon}>
    {text}
  </Chip>
);

export const SubChip = ({ state }: { readonly state: SubTransactionState }) =>
  shown(subLooks[state]);
export const JobChip = ({ state }: { readonly state: JobState }) => shown(jobLooks[state]);
/** Null: nobody can say. */
export const LivenessChip = ({ liveness }: { readonly liveness: Liveness | null }) =>
  shown(liveness === null ? look('off', 'asks', 'not known') : livenessLooks[liveness]);
export const ConnectionChip = ({ state }: { readonly state: string | null }) =>
  shown(
    (state === null ? undefined : connectionLooks[state]) ??
      look('off', 'asks', state ?? 'not known'),
  );

/** For a state of any machine. */
export const lookOf = (state: string): Look =>
  (({ ...connectionLooks, ...jobLooks, ...subLooks }) as Readonly<Record<string, Look>>)[state] ??
  look('off', 'info', state);
