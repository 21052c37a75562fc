/** The routes about scenarios: which there are, and what happens in one. */
import { Type } from 'typebox';
import { badRequest, RequestRefused } from './problem.ts';
import { get, post, type Ground, type Route } from './route.ts';
import type { ScenarioAsked, ScenarioPlayer } from './scenario-player.ts';

/** Longest text of a file that is sent along; what is longer is played from the data directory. */
export const SCENARIO_TEXT_MAX = 8_000_000;

const Play = Type.Object(
  {
    /** Of the list. */
    name: Type.Optional(Type.String({ maxLength: 200 })),
    /** Contents of a scenario file. */
    text: Type.Optional(Type.String({ maxLength: SCENARIO_TEXT_MAX })),
    /** What the file is called, for messages. Default `dropped.scenario`. */
    file: Type.Optional(Type.String({ maxLength: 200 })),
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
    bodyBytes: SCENARIO_TEXT_MAX + 10_000,
    answer: (ground, { body }) => playerOf(ground).play(askedOf(body)),
  }),
];

function askedOf({
  name,
  text,
  file = 'dropped.scenario',
}: Partial<Record<string, string>>): ScenarioAsked {
  if (name !== undefined && text === undefined) return { name };
  if (name === undefined && text !== undefined) return { file, text };
  throw badRequest('Give either the "name" of a scenario of the list, or the "text" of one.');
}

function playerOf({ scenarios }: Ground): ScenarioPlayer {
  if (scenarios) return scenarios;
  throw new RequestRefused(
    'noScenario',
    'Nobody plays scenarios here: use `lifeline scenario play FILE`.',
  );
}
