/** A client of the event stream, as a page is one: reads what comes, event by event, with the package it uses. */
import { get, type IncomingMessage } from 'node:http';
import { createParser } from 'eventsource-parser';
import type { FactView } from '../../actors/views.ts';
import { until } from '../index-world.ts';

export interface Received {
  readonly id: number | null;
  readonly name: string;
  readonly data: {
    readonly items?: readonly FactView[];
    readonly [field: string]: unknown;
  };
}

/** Connects; resolves when it is let in. */
export async function openEvents(
  url: string,
  { after, headers = {} }: { readonly after?: number; readonly headers?: object } = {},
) {
  const events: Received[] = [];
  const comments: string[] = [];
  const parser = createParser({
    onEvent: ({ id, event = '', data }) =>
      void events.push({
        id: id === undefined ? null : Number(id),
        name: event,
        data: JSON.parse(data) as Received['data'],
      }),
    onComment: (comment) => void comments.push(comment),
  });
  const query = after === undefined ? '' : `?after=${after}`;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = get(`${url}/api/v1/events${query}`, { headers: { ...headers }, agent: false });
    asked.on('response', resolve);
    asked.on('error', reject);
  });
  let isOver = false;
  response.on('close', () => (isOver = true));
  response.on('error', () => {});
  response.setEncoding('utf8');
  response.on('data', (text: string) => parser.feed(text));
  const facts = () => events.flatMap(({ data }) => data.items ?? []);
  return {
    response,
    events,
    comments,
    facts,
    isOver: () => isOver,
    /** Resolves once an event of that name is there. */
    async told(name: string): Promise<Received> {
      const find = () => events.find((event) => event.name === name);
      await until(() => find() !== undefined);
      return find()!;
    },
    close: () => Promise.resolve(void response.destroy()),
  };
}
