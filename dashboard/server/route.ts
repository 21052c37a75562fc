/** What a route is: data, so that the same table serves HTTP, the transport and an idle directory. */
import type { ServerResponse } from 'node:http';
import type { Static, TSchema } from 'typebox';
import type { Controller } from '../../actors/controller-api.ts';
import type { Outages } from '../../actors/outages.ts';
import type { ApiAccess } from './access.ts';
import type { Census } from './census.ts';
import type { EventFeed } from './event-feed.ts';
import type { JournalTail } from './journal-tail.ts';
import type { Metrics } from './metrics.ts';
import { RequestRefused } from './problem.ts';
import type { Query } from './query.ts';
import type { FindHandler } from './work.ts';

/** What a route answers from. */
export interface Ground extends ApiAccess {
  readonly findHandler: FindHandler;
  readonly tail: JournalTail;
  readonly feed: EventFeed;
  readonly outages: Outages;
  readonly census: Census;
  readonly metrics: Metrics;
}

/** What is asked. */
export interface Asked<Body = unknown> {
  /** The name in the path, checked; '' when the path has none. */
  readonly name: string;
  readonly query: Query;
  readonly body: Body;
  /** Who asks, for the record. */
  readonly by: string;
  /** The number of the last event that a client has had which comes back; undefined: it does not. */
  readonly lastEventId: string | undefined;
}

/** What a stream does with the response, whose headers are sent: writes to it until the client goes. */
export type Stream = (response: ServerResponse) => void;

export interface Route {
  readonly method: 'GET' | 'POST';
  /** With `:name` where the name stands. */
  readonly path: string;
  /** What the name is, for sentences: "job name". */
  readonly names?: string;
  /** Parameters that the query may have. */
  readonly query?: readonly string[];
  readonly body?: TSchema;
  /** Largest body. Default 2 MB. */
  readonly bodyBytes?: number;
  /** Status when it is done. Default 200. */
  readonly status?: 201;
  /** Media type of an answer that is text already. Default: the answer is sent as JSON. */
  readonly text?: string;
  /** The answer is a `Stream`: it has no end, so it is given over HTTP alone. */
  readonly streams?: true;
  readonly answer: (ground: Ground, asked: Asked) => unknown;
}

export const get = (route: Omit<Route, 'method' | 'body' | 'status'>): Route => ({
  method: 'GET',
  ...route,
});

/** A route whose answer has no end. */
export const stream = (
  route: Pick<Route, 'path' | 'query'> & {
    readonly answer: (ground: Ground, asked: Asked) => Stream;
  },
): Route => get({ ...route, streams: true });

export const post = <Body extends TSchema>(
  route: Omit<Route, 'method' | 'body' | 'query' | 'answer'> & {
    readonly body: Body;
    readonly answer: (ground: Ground, asked: Asked<Static<Body>>) => unknown;
  },
): Route => ({
  ...route,
  method: 'POST',
  answer: (ground, asked) => route.answer(ground, asked as Asked<Static<Body>>),
});

/** @throws {RequestRefused} `noController` */
export function controllerOf({ controller }: ApiAccess): Controller {
  if (controller) return controller;
  throw new RequestRefused(
    'noController',
    'No controller runs here, so nothing can be done: start one with `lifeline up`.',
  );
}
