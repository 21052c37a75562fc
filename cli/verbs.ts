/**
 * Every command of the command line, in the order of the help. The file of a command is loaded when it is
 * typed: a short command would else spend most of its time on loading the others.
 */
import type { Verb } from './verb.ts';

/** A command that is not loaded yet. */
export interface VerbSource {
  /** Its name and its alias. */
  readonly names: readonly string[];
  readonly load: () => Promise<Verb>;
}

export const verbs: readonly VerbSource[] = [
  { names: ['up'], load: async () => (await import('./up.ts')).up },
  { names: ['controller'], load: async () => (await import('./controller.ts')).controller },
  { names: ['agent'], load: async () => (await import('./agent.ts')).agent },
  { names: ['run'], load: async () => (await import('./run.ts')).run },
  { names: ['ingest', 'start'], load: async () => (await import('./ingest.ts')).ingestVerb },
  { names: ['list'], load: async () => (await import('./list.ts')).list },
  { names: ['watch'], load: async () => (await import('./watch.ts')).watch },
  { names: ['stop'], load: async () => (await import('./stop.ts')).stop },
  { names: ['cleanup'], load: async () => (await import('./cleanup.ts')).cleanup },
  { names: ['ps'], load: async () => (await import('./ps.ts')).ps },
  { names: ['parked'], load: async () => (await import('./parked.ts')).parked },
  { names: ['show'], load: async () => (await import('./show.ts')).show },
  { names: ['log'], load: async () => (await import('./log-verb.ts')).log },
  { names: ['explain'], load: async () => (await import('./explain.ts')).explain },
  { names: ['history'], load: async () => (await import('./history.ts')).history },
  { names: ['audit'], load: async () => (await import('./audit.ts')).audit },
  { names: ['report'], load: async () => (await import('./report-verb.ts')).reportVerb },
  { names: ['prune'], load: async () => (await import('./prune.ts')).prune },
  { names: ['agents'], load: async () => (await import('./agents.ts')).agents },
  { names: ['drain'], load: async () => (await import('./drain.ts')).drain },
  { names: ['retry'], load: async () => (await import('./retry.ts')).retry },
  { names: ['cancel'], load: async () => (await import('./cancel.ts')).cancel },
  { names: ['accept'], load: async () => (await import('./decide.ts')).accept },
  { names: ['decide'], load: async () => (await import('./decide.ts')).decide },
  { names: ['give-up'], load: async () => (await import('./decide.ts')).giveUp },
  { names: ['handler'], load: async () => (await import('./handler.ts')).handler },
  { names: ['config'], load: async () => (await import('./config.ts')).config },
  { names: ['nats-config'], load: async () => (await import('./nats-config.ts')).natsConfig },
  { names: ['simulate'], load: async () => (await import('./simulate.ts')).simulate },
  { names: ['scenario'], load: async () => (await import('./scenario.ts')).scenario },
  { names: ['inspect'], load: async () => (await import('./inspect.ts')).inspect },
  { names: ['demo'], load: async () => (await import('./demo.ts')).demo },
];

/** The commands that these arguments can mean: all, when none is named or the help of all is asked for. */
export function loadVerbs(
  argv: readonly string[],
  from: readonly VerbSource[],
): Promise<readonly Verb[]> {
  if (argv[0] === '--version') return Promise.resolve([]);
  const named = from.filter(({ names }) => names.some((name) => argv.includes(name)));
  const isAboutAll = named.length === 0 || /^(-h|--help|help)$/.test(argv[0]!);
  return Promise.all((isAboutAll ? from : named).map(({ load }) => load()));
}
