/**
 * `lifeline scenario`: stories as files, written by hand or recorded from a live system, and what the real
 * controller and agents make of them.
 *
 *   play   script or recording ──▶ lanes, up to the first thing that is otherwise
 *   check  every file of a directory ──▶ a line each
 *   cut    recordings ──▶ one recording of an incident
 */
import { usage } from './failure.ts';
import { checkScenarios } from './scenario-check.ts';
import { cutFiles, cutOptions } from './scenario-cut.ts';
import { playFiles } from './scenario-play.ts';
import type { Call, Verb } from './verb.ts';

const ACTIONS: Readonly<Record<string, (call: Call, paths: readonly string[]) => Promise<number>>> =
  {
    play: playFiles,
    check: checkScenarios,
    cut: cutFiles,
  };

export const scenario: Verb = {
  name: 'scenario',
  arguments: '<action> <path...>',
  summary: 'play scenario files: scripts in virtual time, recordings turn by turn',
  notes: `
  lifeline scenario play incident.scenario             what happened, as lanes
  lifeline scenario play FILE… --until 90s             … up to a time, or to the first moment of an id
  lifeline scenario play FILE… --step                  … one by one
  lifeline scenario check DIR|FILE                     every file: ok, or what does not hold
  lifeline scenario cut FILE… --job nightly -o incident.scenario     what was recorded of a job

A script ends with exit code 1 where what it expects is not so; a recording where this lifeline decides
something else than the one that recorded it did. Neither needs a data directory or a broker.`,
  settings: [],
  options: [
    ['--step', 'play: waits for Enter after each moment'],
    ['--until <TIME|ID>', 'play: shows no more than that'],
    ...cutOptions,
  ],
  async run(call) {
    const [action, ...paths] = call.args as [string, ...string[]];
    const act = ACTIONS[action];
    if (!act) {
      throw usage(`There is no "scenario ${action}"; there is ${Object.keys(ACTIONS).join(', ')}.`);
    }
    return act(call, paths);
  },
};
