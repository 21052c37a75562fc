/**
 * Process classes of a controller that runs: shown, and made otherwise while it works.
 *
 *   up, controller --config FILE ─▶ at the start        config apply FILE ─▶ now        the last one holds
 */
import type { ProcessClassView } from '../actors/obstacles.ts';
import { classesLines } from './class-lines.ts';
import { exitCodes, usage } from './failure.ts';
import { jsonDocument } from './json.ts';
import { asking } from './reach.ts';
import type { Call } from './verb.ts';

const PATH = '/api/v1/process-classes';

interface Classes {
  readonly items: readonly ProcessClassView[];
}

/** `lifeline config show` */
export const showClasses = (call: Call): Promise<number> =>
  asking(call, async ({ get }) => {
    const classes = await get<Classes>(PATH);
    if (call.values.json) call.print(jsonDocument(classes));
    else for (const line of classesLines(classes.items)) call.print(line);
    return exitCodes.done;
  });

/** `lifeline config apply FILE` */
export function applyClasses(call: Call): Promise<number> {
  const { config, values, print, screen } = call;
  if (!config)
    throw usage('Name the file with the process classes, as lifeline config apply c.yaml.');
  if (!config.classes) throw usage(`${config.file} says nothing of process classes.`);
  const classes = config.classes.map(({ options }) => options);
  return asking(
    call,
    async ({ post }) => {
      const applied = await post<Classes & { readonly warnings: readonly string[] }>(PATH, {
        classes,
      });
      for (const warning of applied.warnings) screen.line(warning);
      if (values.json) print(jsonDocument(applied));
      else for (const line of classesLines(applied.items)) print(line);
      return exitCodes.done;
    },
    { decides: true },
  );
}
