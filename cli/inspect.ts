/**
 * `lifeline inspect`: the statecharts of a controller, or of a scenario, in Stately's inspector, as they move.
 *
 *   controller ── any way that verbs ask ──▶ bridge at 127.0.0.1 ◀── a browser
 */
import { exitCodes, usage, CommandFailed } from './failure.ts';
import { aborted } from './aborted.ts';
import type { Bridge } from './inspector-bridge.ts';
import { jsonLine } from './json.ts';
import { reach } from './reach.ts';
import { reachSettings } from './settings.ts';
import type { Call, Verb } from './verb.ts';

export const inspect: Verb = {
  name: 'inspect',
  arguments: '',
  summary: "show the statecharts in Stately's inspector, in a browser, until a signal comes",
  notes: `
It asks the controller for its history twice a second while somebody looks; the address is of this machine only. The inspector is a page of stately.ai, so it needs the internet, and that page is told states, names of jobs, ids, numbers and codes; not what work was given, what came of it, what it said, or who asked. Too much at once is left out, and says so. Without the internet the dashboard shows the same under Statecharts.`,
  settings: [...reachSettings, 'port'],
  fallbacks: { port: '4281', 'log-level': 'error' },
  options: [
    ['--with-values', 'tell inputs, results, messages and names, too'],
    [
      '--scenario <FILE>...',
      'play a script, or the recordings of a system, instead: each time the page is loaded',
    ],
    ['--speed <N>', 'of a scenario: times as fast as it was (default 1)'],
  ],
  run: (call) =>
    call.options['scenario'] === undefined ? inspectController(call) : inspectScenario(call),
};

async function inspectController(call: Call): Promise<number> {
  if (call.options['speed'] !== undefined)
    throw usage('--speed is for a scenario: name one with --scenario, or leave it out.');
  const api = await reach(call);
  try {
    if (!api.isLive) throw nobodyAtWork(api.where);
    const { bridgeController } = await import('./inspector-bridge.ts');
    const showsValues = call.options['withValues'] === true;
    const bridge = await bridgeController(call, api, { port: call.values.port, showsValues });
    return await untilInterrupted(call, bridge, `the controller ${api.where}`);
  } finally {
    await api.close();
  }
}

async function inspectScenario(call: Call): Promise<number> {
  const files = call.options['scenario'] as readonly string[];
  const speed = speedOf(call.options['speed']);
  const { sightingsOf } = await import('./scenario-sightings.ts');
  const story = await sightingsOf(files, call.options['withValues'] === true);
  const { bridgeScenario } = await import('./inspector-bridge.ts');
  const bridge = await bridgeScenario(call, story, { port: call.values.port, speed });
  if (story.failure !== undefined) call.screen.line(story.failure);
  await untilInterrupted(call, bridge, `${files.join(', ')} at ${speed} times its speed`);
  return story.failure === undefined ? exitCodes.done : exitCodes.someFailed;
}

async function untilInterrupted(call: Call, bridge: Bridge, what: string): Promise<number> {
  const interrupted = call.interruption();
  try {
    if (call.values.json) call.print(jsonLine({ ready: true, url: bridge.url }));
    else call.print(`The inspector is ready: open ${bridge.url} in a browser, it shows ${what}.`);
    await aborted(interrupted);
    return exitCodes.done;
  } finally {
    await bridge.close();
  }
}

function speedOf(text: Call['options'][string]): number {
  if (text === undefined) return 1;
  const speed = Number(text);
  if (speed >= 0.01 && speed <= 1_000) return speed;
  throw usage(`--speed must be a number from 0.01 to 1000, not ${String(text)}.`);
}

const nobodyAtWork = (where: string) =>
  new CommandFailed(
    exitCodes.noController,
    `No controller is at work ${where}, so nothing moves: start one with \`lifeline up\`, or play a recording with --scenario.`,
  );
