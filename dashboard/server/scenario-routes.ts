/** The routes about scenarios: which there are, and what happens in one. */
import { Type, type Static } from 'typebox';
import { badRequest, RequestRefused } from './problem.ts';
import { get, post, type Ground, type Route } from './route.ts';
import type { ScenarioAsked, ScenarioPlayer } from './scenario-player.ts';

/** Longest text of files that are sent along, together; what is longer is played from the data directory. */
export const SCENARIO_TEXT_MAX = 8_000_000;

/** A recording of each of some nodes, and its older files. */
const FILES_MAX = 100;
/** Quotes and line ends take two bytes on the way. */
const BODY_MAX = 2 * SCENARIO_TEXT_MAX;

const File = Type.Object(
  {
    /** What it is called, for messages. */
    file: Type.String({ minLength: 1, maxLength: 200 }),
    /** What is in it. */
    text: Type.String({ maxLength: SCENARIO_TEXT_MAX }),
  },
  { additionalProperties: false },
);

const Play = Type.Object(
  {
    /** Of the list. */
    name: Type.Optional(Type.String({ maxLength: 200 })),
    /** Scenario files: one script, or the recordings of several nodes; with each may go its older files. */
    files: Type.Optional(Type.Array(File, { minItems: 1, maxItems: FILES_MAX })),
  },
  { additionalProperties: false },
);

export const scenarioRoutes: readonly Route[] = [
  get({
    path: '/api/v1/scenarios',
    answer: async ({ scenarios }) => ({ items: (await scenarios?.list()) ?? [], next: null }),
  }),
  post({
    path: '/api/v1/scenarios/play',
    body: Play,
    bodyBytes: BODY_MAX,
    answer: (ground, { body }) => playerOf(ground).play(askedOf(body)),
  }),
];

function askedOf({ name, files }: Static<typeof Play>): ScenarioAsked {
  if (name !== undefined && files === undefined) return { name };
  if (name === undefined && files !== undefined) return { files };
  throw badRequest('Give either the "name" of a scenario of the list, or the "files" to play.');
}

function playerOf({ scenarios }: Ground): ScenarioPlayer {
  if (scenarios) return scenarios;
  throw new RequestRefused(
    'noScenario',
    'Nobody plays scenarios here: use `lifeline scenario play FILE`.',
  );
}
