/**
 * The same answers without a server: the routes of a controller, asked within this process. Over the records
 * of an idle directory they can only tell; with a controller they can also decide.
 *
 * In a file of its own, to be loaded when it is needed: the routes take longer to load than all the rest.
 */
import { createApi } from '../dashboard/server/api.ts';
import type { ApiAccess } from '../dashboard/server/access.ts';
import type { Ask } from './api-client.ts';

/** @param by who asks: printable ASCII */
export function askWithin(access: ApiAccess, by: string): { ask: Ask; close: () => Promise<void> } {
  const api = createApi(access);
  return {
    ask: async (method, url, payload) => {
      const headers = { 'lifeline-by': by, 'content-type': 'application/json' };
      const { statusCode, body } = await api.inject(
        payload === undefined
          ? { method, url, headers: { 'lifeline-by': by } }
          : { method, url, headers, payload },
      );
      return { status: statusCode, body };
    },
    close: () => api.close(),
  };
}
