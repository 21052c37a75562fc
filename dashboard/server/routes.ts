/** Every route there is: one table for HTTP, the transport, an idle directory, and the document about them. */
import { acting } from './acting.ts';
import { auditing } from './audit-routes.ts';
import { classRoutes } from './class-routes.ts';
import { handlerRoutes } from './handler-routes.ts';
import { fileRoutes } from './ingest-files.ts';
import { machineRoutes } from './machine-routes.ts';
import { reading } from './reading.ts';
import { get, type Route } from './route.ts';
import { sampleRoutes } from './sample-routes.ts';
import { scenarioRoutes } from './scenario-routes.ts';
import { watching } from './watching.ts';

export const routes: readonly Route[] = [
  ...watching,
  ...reading,
  ...acting,
  ...auditing,
  ...handlerRoutes,
  ...classRoutes,
  ...fileRoutes,
  ...sampleRoutes,
  ...machineRoutes,
  ...scenarioRoutes,
  get({
    path: '/api/v1/openapi.json',
    // Loaded by who asks for it: it is long.
    answer: async ({ about }) => (await import('./openapi.ts')).openapi(routes, about.version),
  }),
];
