/**
 * The routes about process classes: how they are made and how they stand, and how to make them otherwise. What is
 * posted takes the place of all that there were.
 */
import { Type } from 'typebox';
import type { ObstacleView } from '../../actors/obstacles.ts';
import { listClasses } from '../../actors/class-queries.ts';
import type { ClassOptions } from '../../machines/class-settings.ts';
import type { ApiAccess } from './access.ts';
import { controllerOf, get, post, type Route } from './route.ts';

const closed = { additionalProperties: false };
const ms = Type.Union([Type.Number(), Type.Null()]);

const ProcessClass = Type.Object(
  {
    name: Type.String(),
    select: Type.Optional(Type.String()),
    agents: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Literal('all')])),
    maxProcesses: Type.Optional(Type.Number()),
    periodMs: Type.Optional(ms),
    delayMs: Type.Optional(ms),
    timeoutMs: Type.Optional(ms),
    restMs: Type.Optional(Type.Number()),
    waitMs: Type.Optional(ms),
  },
  closed,
);

export const classRoutes: readonly Route[] = [
  get({
    path: '/api/v1/process-classes',
    answer: async ({ controller, store }) => ({
      items: controller ? await controller.processClasses() : listClasses(store),
      next: null,
    }),
  }),
  post({
    path: '/api/v1/process-classes',
    body: Type.Object({ classes: Type.Array(ProcessClass, { maxItems: 1_000 }) }, closed),
    answer: async (ground, { body, by }) => {
      const controller = controllerOf(ground);
      const classes = body.classes as readonly ClassOptions[];
      const { warnings } = await controller.configure({ classes, by });
      return { items: await controller.processClasses(), warnings };
    },
  }),
];

/** What stands in the way of queued work, by job; nothing is known while the controller recovers. */
export async function obstaclesOf({
  controller,
}: Pick<ApiAccess, 'controller'>): Promise<ReadonlyMap<string, ObstacleView>> {
  return (await controller?.obstacles().catch(() => undefined)) ?? new Map<string, ObstacleView>();
}
