/**
 * The port through which the page sees scenarios played: recordings of what has happened, and scripts. Whoever
 * wires the server gives one that plays them apart from the controller (cli/scenario-player.ts).
 *
 *   list() ─▶ what there is           play(named or dropped) ─▶ moments, messages and states in order of time
 */

/** A scenario that can be played by its name. */
export interface ScenarioSummary {
  readonly name: string;
  /** `recording`: of a live system, in the data directory. `script`: written by hand. */
  readonly kind: 'recording' | 'script';
  /** It comes with Lifeline. */
  readonly isShipped: boolean;
  /** It is being written: the recording of this controller, wherever its file lies. */
  readonly isBeingWritten: boolean;
  readonly title: string;
  /** Where the story is from; null: it does not say. */
  readonly source: string | null;
  readonly bytes: number;
  /** When the file was last written, ISO 8601; null for what comes with Lifeline. */
  readonly at: string | null;
}

/** A statechart comes into a state. */
export interface ScenarioState {
  readonly machine: 'subTransaction' | 'job' | 'agentConnection' | 'task';
  /** Id of the work or agent, name of the job, `x#1` of a task. */
  readonly of: string;
  /** Null: it is forgotten. */
  readonly state: string | null;
}

/** A moment in a lane, or a message from it to another one. */
export interface ScenarioItem {
  /** Ms from the start of the scenario. */
  readonly atMs: number;
  readonly lane: string;
  readonly text: string;
  /** Ids of work, names of jobs and agents that it is about. */
  readonly ids: readonly string[];
  /** The lane a message goes to; left out: it is a moment. */
  readonly to?: string;
  /** The same message was sent before. */
  readonly isAgain?: true;
  /** What befell a message on its way: `cut`, `dropped`, `delayed`, …; left out: nothing that is known. */
  readonly fate?: string;
  readonly states?: readonly ScenarioState[];
}

/** Where it is otherwise than expected, or decided otherwise than when it was recorded. */
export interface ScenarioFailure {
  /** For people, several lines. */
  readonly text: string;
  /** Ms from the start; null: it is not known. */
  readonly atMs: number | null;
  /** Of a recording: whose turn it is, where it differs, and the JSON of then and now. */
  readonly divergence: {
    readonly lane: string;
    readonly turn: number;
    readonly line: number;
    readonly path: string;
    readonly then: string;
    readonly now: string;
  } | null;
}

export interface PlayedScenario {
  readonly kind: 'recording' | 'script';
  readonly title: string;
  /** When the recording began, ISO 8601; null for a script. */
  readonly beganAt: string | null;
  readonly lanes: readonly string[];
  /** Lanes that are there because they are spoken to: of what their nodes do nothing is recorded. */
  readonly unrecorded: readonly string[];
  readonly items: readonly ScenarioItem[];
  /** So many items at the end are not here: there were too many. */
  readonly left: number;
  /** Null: it holds. */
  readonly failure: ScenarioFailure | null;
  /** False: of a recording not everything could be read or replayed; the notes say what. */
  readonly isWhole: boolean;
  readonly notes: readonly string[];
}

/** A file that is sent along. */
export interface ScenarioFile {
  readonly file: string;
  readonly text: string;
}

/** What is to be played: by its name in the list, or the text of files: one script, or recordings of one time. */
export type ScenarioAsked = { readonly name: string } | { readonly files: readonly ScenarioFile[] };

export interface ScenarioPlayer {
  list(): Promise<readonly ScenarioSummary[]>;
  /**
   * Plays it to its end, or to the first thing that is otherwise. One at a time.
   *
   * @returns a `PlayedScenario` as the bytes of its JSON, so that nobody needs to read it on the way
   * @throws {RequestRefused} `noScenario`, `busy`, `tooLarge`, or `badRequest` with the file and line that is wrong
   */
  play(asked: ScenarioAsked): Promise<Uint8Array>;
}
