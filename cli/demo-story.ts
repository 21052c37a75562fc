/** What the demo tells, in plain words. */
import { join } from 'node:path';
import type { Cut } from './demo-cut.ts';
import type { Evidence } from './demo-evidence.ts';
import { KEYS, seedName } from './demo-server.ts';
import { agentIds, type Cast } from './demo-stage.ts';
import { typedDuration } from './duration.ts';
import { explainLines } from './explain.ts';
import { summaryLines } from './ingest-summary.ts';
import { jobLine } from './outcome.ts';
import type { Screen } from './screen.ts';
import type { SeededTree } from './seed-tree.ts';
import type { Values } from './settings.ts';
import { counted, shownBytes, shownCount, shownDuration } from './shown.ts';
import { eventLine } from './timeline.ts';

export interface Story {
  begin(tree: SeededTree, wanted: { readonly seed: number }, tookMs: number): void;
  started(tasks: number, cast: Cast): void;
  end(evidence: Evidence, cut: Cut | undefined, tookMs: number): void;
}

export interface StoryAbout {
  /** Where all of it lies. */
  readonly directory: string;
  readonly values: Values;
  readonly isKept: boolean;
  readonly isOverNats: boolean;
}

/** @param print writes a line of the story */
export function demoStory(page: Screen, print: (line: string) => void, about: StoryAbout): Story {
  const title = (text: string) => print(`\n${page.style('bold', text)}`);
  const { values } = about;
  const on = `--data ${join(about.directory, 'data')}`;
  return {
    begin(tree, { seed }, tookMs) {
      title('1. A tree to copy');
      print(
        `${counted(tree.files, 'file')} (${shownBytes(tree.bytes)}), ${counted(tree.directories, 'directory', 'directories')} and ${counted(tree.links, 'symbolic link')}, made from seed ${seed} in ${shownDuration(tookMs)}.`,
      );
      print('Among them names with spaces, quotes, newlines and bytes that are no UTF-8.');
      title(`2. The same as you would type it, in ${about.directory}`);
      for (const line of typedLines(about)) print(`  ${line}`);
    },
    started(tasks, cast) {
      title('3. Copying');
      print(
        `${counted(tasks, 'task')} for ${counted(values.agents, 'agent')}; in the middle the link to one of them is cut while it works.`,
      );
      for (const line of castLines(cast)) print(line);
    },
    end(evidence, cut, tookMs) {
      print(jobLine(evidence.job));
      for (const line of summaryLines(evidence.summary)) print(line);
      title('4. What happened to the connections');
      for (const line of timelineLines(evidence, cut, page)) print(line);
      tellProof(evidence, cut, page, print, title);
      title('7. Look for yourself');
      const id = evidence.explained?.id ?? 'ID';
      const verbs = ['list', `show ${id}`, `explain ${id}`, 'history --kind agent.suspect'];
      if (about.isKept) for (const verb of verbs) print(`  lifeline ${verb} ${on}`);
      else
        print(
          'With --keep the trees and the data stay, for `lifeline list`, `show`, `explain`, `history`.',
        );
      print('');
      for (const flaw of evidence.flaws) print(page.style('red', `✗ ${flaw}`));
      if (evidence.flaws.length === 0) {
        print(page.style('green', `✓ All of it is proven, in ${shownDuration(tookMs)}.`));
      }
    },
  };
}

/** The commands that do what the demo does, but for the cut. */
function typedLines({ values, isOverNats }: StoryAbout): readonly string[] {
  const timing = ['period', 'delay', 'timeout'] as const;
  const timed = timing.map((name) => `--${name} ${typedDuration(values[name])}`).join(' ');
  const ingest = `lifeline ingest source target --data data --files-per-task ${values['files-per-task']}`;
  const { agents, slots } = values;
  if (!isOverNats) return [`${ingest} \\`, `  --agents ${agents} --slots ${slots} ${timed}`];
  const ids = agentIds(agents);
  const node = (id: string) =>
    `--nats 127.0.0.1 --nats-nkey ${join(KEYS, seedName(id))} --data data`;
  return [
    `lifeline nats-config ${ids.join(' ')} --keys ${KEYS} > nats.conf`,
    'nats-server -c nats.conf',
    `lifeline controller ${node('controller')} ${timed}`,
    ...ids.map((id) => `lifeline agent --id ${id} ${node(id)} --slots ${slots}`),
    ingest,
  ];
}

function castLines(cast: Cast): readonly string[] {
  if (cast.transport === 'memory') return [`All of it in one process: ${cast.why}`];
  const { server, agents } = cast;
  const players = agents.map(({ id, pid }) => `${id} is process ${pid}`).join(', ');
  return [
    `${players}, nats-server ${server.version} is process ${server.pid}, and the controller is in this one.`,
    `Between ${agents.at(-1)?.id} and the nats-server there is a proxy: it is the cable that is cut.`,
  ];
}

function tellProof(
  { comparison, verifiedMs, starts, startedAgain, explained }: Evidence,
  cut: Cut | undefined,
  page: Screen,
  print: (line: string) => void,
  title: (text: string) => void,
): void {
  if (explained && cut) {
    title(`5. A task that ${cut.agent} was running when it was cut off`);
    for (const line of explainLines(explained.sentences)) print(`  ${line}`);
  }
  title('6. The proof');
  const isSame = comparison.differenceCount === 0;
  const mark = (isGood: boolean) => page.style(isGood ? 'green' : 'red', isGood ? '✓' : '✗');
  print(
    `${mark(isSame)} ${counted(comparison.files, 'file')} compared by checksum, with modes, times and links, in ${shownDuration(verifiedMs)}: ${isSame ? 'no difference' : counted(comparison.differenceCount, 'difference')}.`,
  );
  for (const difference of comparison.differences) print(`    ${difference}`);
  print(
    `${mark(startedAgain === 0)} ${shownCount(starts)} attempts were started, by the agents' own journals: ${startedAgain === 0 ? 'each of them once' : `${startedAgain} more than once`}.`,
  );
}

/** The journal's facts about agents, the knife between them, with the time since the start of the job. */
export function timelineLines(
  { job, timeline }: Pick<Evidence, 'job' | 'timeline'>,
  cut: Cut | undefined,
  page: Pick<Screen, 'style'>,
): readonly string[] {
  const zero = Date.parse(job.startedAt);
  const colours = { plain: 'reset', trouble: 'yellow', good: 'green' } as const;
  const told = timeline.flatMap((fact) => {
    const event = eventLine(fact);
    const text = event && page.style(colours[event.tone], event.text);
    return text === undefined ? [] : [{ at: Date.parse(fact.at), text }];
  });
  const knife = cut
    ? [
        {
          at: cut.at,
          text: page.style(
            'red',
            `✂ the link to ${cut.agent} is cut; it is running ${counted(cut.running.length, 'task')}`,
          ),
        },
        { at: cut.healedAt, text: page.style('green', '♥ the link is healed') },
      ]
    : [];
  return [...told, ...knife]
    .sort((one, other) => one.at - other.at)
    .map(({ at, text }) => `${`${((at - zero) / 1_000).toFixed(2)} s`.padStart(10)}  ${text}`);
}
