/**
 * What `lifeline inspect` and `--inspect` open: a server for inspectors, and what feeds it while somebody looks.
 *
 *   a controller ─▶ feed ─────┐
 *                             ├─▶ server at 127.0.0.1 ─▶ Stately's inspector in a browser
 *   a scenario ─▶ at its pace ┘
 */
import type { ApiAccess } from '../dashboard/server/access.ts';
import { Feed } from '../dashboard/inspector/feed.ts';
import { openInspectorServer } from '../dashboard/inspector/inspector-server.ts';
import { Picture } from '../dashboard/inspector/picture.ts';
import { ProblemAnswered, type Api } from './api-client.ts';
import type { ScenarioSightings, Staged } from './scenario-sightings.ts';
import type { Call } from './verb.ts';

export interface Bridge {
  /** The page to open in a browser. */
  readonly url: string;
  close(): Promise<void>;
}

interface Shows {
  readonly port: number;
  readonly showsValues: boolean;
}

/** Shows what a controller does. @throws {InvalidSetting} the port is taken */
export async function bridgeController(
  { clock, screen }: Pick<Call, 'clock' | 'screen'>,
  { get, where }: Pick<Api, 'get' | 'where'>,
  { port, showsValues }: Shows,
): Promise<Bridge> {
  const feed = new Feed({
    ask: get,
    isUnknown: (error) => error instanceof ProblemAnswered && error.status === 404,
    clock,
    showsValues,
    tell: (message) => server.tell(message),
    said: (trouble) =>
      screen.line(
        trouble ? `Asking again: ${trouble.message}` : `The controller ${where} answers again.`,
      ),
  });
  const looking = (isLookedAt: boolean) => (isLookedAt ? feed.start() : feed.stop());
  const server = await openInspectorServer({ port, present: () => feed.present(), looking });
  return {
    url: server.url,
    async close() {
      feed.stop();
      await server.close();
    },
  };
}

/** Shows the controller of this process. @throws {InvalidSetting} the port is taken */
export async function bridgeOwn(call: Call, access: ApiAccess): Promise<Bridge> {
  const { askOwn } = await import('./local-api.ts');
  const api = await askOwn(call, access);
  const { port } = call.values;
  try {
    // The port after that of HTTP; where that was to be a free one, so is this.
    const own = port === 0 ? 0 : port + 1;
    const bridge = await bridgeController(call, api, { port: own, showsValues: false });
    return {
      url: bridge.url,
      async close() {
        await bridge.close();
        await api.close();
      },
    };
  } catch (error) {
    await api.close();
    throw error;
  }
}

/**
 * Plays a scenario for whoever looks, from its beginning each time somebody begins to.
 *
 * @param speed times as fast as it was
 * @throws {InvalidSetting} the port is taken
 */
export async function bridgeScenario(
  { clock, screen }: Pick<Call, 'clock' | 'screen'>,
  { moments }: ScenarioSightings,
  { port, speed }: { readonly port: number; readonly speed: number },
): Promise<Bridge> {
  const controller = moments.find(({ sighting }) => sighting.machine === 'controller');
  let picture: Picture | undefined;
  const play = async () => {
    const shown = createPicture();
    picture = shown;
    let atMs = moments[0]?.atMs ?? 0;
    for (const instant of byTime(moments)) {
      const waitMs = (instant[0]!.atMs - atMs) / speed;
      atMs = instant[0]!.atMs;
      if (waitMs > 0) await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      if (picture !== shown) return;
      shown.take(instant.map(({ sighting }) => sighting));
    }
    screen.line('The scenario is over; load the page again to see it from the beginning.');
  };
  const server = await openInspectorServer({
    port,
    present: () => picture?.present() ?? [],
    looking(isLookedAt) {
      if (isLookedAt) void play();
      else picture = undefined;
    },
  });
  const createPicture = () =>
    new Picture({
      root: controller?.sighting.session ?? 'scenario',
      tell: (message) => server.tell(message),
      elapsed: () => clock.elapsed(),
    });
  return {
    url: server.url,
    async close() {
      picture = undefined;
      await server.close();
    },
  };
}

/** Those of one instant together. */
function* byTime(moments: readonly Staged[]): Iterable<readonly Staged[]> {
  let begin = 0;
  for (let i = 1; i <= moments.length; i++) {
    if (i < moments.length && moments[i]!.atMs === moments[begin]!.atMs) continue;
    yield moments.slice(begin, i);
    begin = i;
  }
}
