/**
 * The process classes of the file that a controller is started with. They take the place of those that it had,
 * which a `config apply` may have made since: whoever starts it says what holds.
 */
import type { Controller } from '../actors/controller-api.ts';
import { unmatchedLines } from './class-lines.ts';
import type { Call } from './verb.ts';
import { asker } from './who.ts';

/** Says what holds, and which agents nobody knows; nothing, when there are none in the file. */
export async function configureAtStart(
  { config, screen }: Pick<Call, 'config' | 'screen'>,
  controller: Pick<Controller, 'configure' | 'processClasses'>,
): Promise<void> {
  if (!config?.classes) return;
  const classes = config.classes.map(({ options }) => options);
  await controller.configure({ classes, by: asker() });
  screen.line(
    `Process classes are as ${config.file} says: ${classes.map(({ name }) => name).join(', ')}.`,
  );
  for (const line of unmatchedLines(await controller.processClasses())) screen.line(line);
}
