/**
 * What a frame says, in a few words for a picture: its requests, its answers, how work has ended.
 *
 *   assign x#1, y#1     report     holds x#1 inProgress     x#1 done     hello, boot 2     gone
 *
 * Work is named by its id once a frame or a row has told it; until then by its birth.
 */
import type {
  AgentFrame,
  Answer,
  ControllerFrame,
  Fence,
  OutboxEntry,
  Request,
} from '../transport/frame.ts';

/** A message between the controller and an agent. */
export interface Said {
  readonly agent: string;
  readonly told: {
    readonly to: string;
    readonly text: string;
    readonly ids: readonly string[];
    readonly isAgain?: true;
  };
}

/** So many pieces of work are named in a message. */
const NAMED = 3;
/** What was said is remembered for so many messages, to know it again. */
const KNOWN = 20_000;

/** The names of work, as far as they have been told. */
class Names {
  readonly #ids = new Map<number, string>();

  tell(birth: number, id: string): void {
    this.#ids.set(birth, id);
  }

  of({ birth, attempt }: Fence): string {
    return `${this.#ids.get(birth) ?? `work ${birth}`}#${attempt}`;
  }

  all(fences: readonly Fence[]): string {
    return list(fences.map((fence) => this.of(fence)));
  }

  ids(fences: readonly Fence[]): readonly string[] {
    return fences.flatMap(({ birth }) => this.#ids.get(birth) ?? []);
  }
}

const list = (names: readonly string[]) =>
  names.length <= NAMED
    ? names.join(', ')
    : `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more`;

/** Something that is said of work, and what tells it from all else that is said. */
interface Words {
  readonly text: string;
  readonly fences?: readonly Fence[];
  /** Left out: it may be said again and mean something new. */
  readonly name?: string;
}

/** One for each scenario. */
export function createWords() {
  const names = new Names();
  const known = new Set<string>();
  const isKnown = (name: string) => {
    if (known.has(name)) return true;
    if (known.size >= KNOWN) known.clear();
    known.add(name);
    return false;
  };
  const said = (agent: string, to: string, { text, fences = [], name }: Words): Said => {
    const again = name !== undefined && isKnown(name) ? { isAgain: true as const } : {};
    return { agent, told: { to, text, ids: [agent, ...names.ids(fences)], ...again } };
  };
  return {
    /** What the frames of a turn say. */
    of: (frames: readonly (ControllerFrame | AgentFrame)[]): readonly Said[] =>
      frames.flatMap((frame) =>
        'requests' in frame
          ? controllerWords(frame, names).map((words) => said(frame.agent, frame.agent, words))
          : agentWords(frame, names).map((words) => said(frame.agent, 'controller', words)),
      ),
  };
}

function controllerWords(frame: ControllerFrame, names: Names): readonly Words[] {
  const { agent, term, boot, link, requests, notice } = frame;
  const told = requests.map((request) => ({
    ...requestWords(request, names),
    name: `${agent}/${term}/${boot}/${link}/${request.n}`,
  }));
  return notice ? [{ text: notice.kind }, ...told] : told;
}

function requestWords(request: Request, names: Names): Words {
  switch (request.kind) {
    case 'assign':
      for (const { birth, id } of request.tasks) names.tell(birth, id);
      return { text: `assign ${names.all(request.tasks)}`, fences: request.tasks };
    case 'ask':
    case 'kill':
    case 'forget':
      return { text: `${request.kind} ${names.all(request.fences)}`, fences: request.fences };
    case 'report':
      return { text: 'what do you hold?' };
    case 'probe':
      return { text: 'are you there?' };
  }
}

function agentWords(frame: AgentFrame, names: Names): readonly Words[] {
  const { storeId, boot, hello, answers, outbox, logs, bye } = frame;
  const bytes = logs.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
  return [
    ...(hello ? [{ text: `hello, boot ${boot}`, name: `${storeId}/${boot}/hello` }] : []),
    ...answers.map((answer) => answerWords(answer, names)),
    ...outbox.map((entry) => ({
      text: entryText(entry, names),
      fences: [entry],
      name: `${storeId}/${entry.place.boot}/${entry.place.n}`,
    })),
    ...(logs.length > 0
      ? [{ text: `log of ${names.all(logs)}: ${bytes} bytes`, fences: logs }]
      : []),
    ...(bye ? [{ text: 'bye' }] : []),
  ];
}

function answerWords(answer: Answer, names: Names): Words {
  if (answer.kind !== 'tasks' && answer.kind !== 'report') {
    return { text: `${answer.kind} (${answer.n})` };
  }
  const held = list(answer.tasks.map((task) => `${names.of(task)} ${task.state}`));
  return {
    text: answer.kind === 'report' ? `holds ${held || 'nothing'}` : held,
    fences: answer.tasks,
  };
}

function entryText(entry: OutboxEntry, names: Names): string {
  if ('ending' in entry) return `${names.of(entry)} ${entry.ending.kind}`;
  const { key, isDone } = entry.step;
  return `${names.of(entry)} ${isDone ? 'has done' : 'begins'} step ${key}`;
}
