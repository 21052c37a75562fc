/**
 * The routes about handlers: how each is configured, and how to configure it otherwise. What is posted takes
 * the place of what there was, and is a version of its own.
 */
import { Type } from 'typebox';
import { listHandlers, showHandler } from '../../actors/handler-queries.ts';
import type { HandlerConfig } from '../../actors/handler-config.ts';
import { controllerOf, get, post, type Route } from './route.ts';

const closed = { additionalProperties: false };

const Configuration = Type.Object(
  {
    /** Checked property by property where it is laid down. */
    config: Type.Unsafe<HandlerConfig>(Type.Object({})),
    /** The version that it changes; 0: there was none. */
    after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  },
  closed,
);

export const handlerRoutes: readonly Route[] = [
  get({
    path: '/api/v1/handlers',
    answer: ({ store }) => ({ items: listHandlers(store), next: null }),
  }),
  get({
    path: '/api/v1/handlers/:name',
    names: 'handler name',
    query: ['version'],
    answer: ({ store }, { name, query }) =>
      showHandler(store, name, query.whole('version', 1, Number.MAX_SAFE_INTEGER)),
  }),
  post({
    path: '/api/v1/handlers/:name',
    names: 'handler name',
    body: Configuration,
    answer: async (ground, { name, body: { config, after }, by }) => {
      const options = after === undefined ? { by } : { by, after };
      const version = await controllerOf(ground).setHandler(name, config, options);
      return showHandler(ground.store, name, version);
    },
  }),
  post({
    path: '/api/v1/handlers/:name/remove',
    names: 'handler name',
    body: Type.Object({}, closed),
    answer: async (ground, { name, by }) => {
      await controllerOf(ground).removeHandler(name, by);
      return showHandler(ground.store, name);
    },
  }),
];
