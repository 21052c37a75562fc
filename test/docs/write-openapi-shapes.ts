/** `npm run docs:openapi`: writes the shapes of the OpenAPI document anew. */
import { writeFileSync } from 'node:fs';
import { shapesFile } from './openapi-shapes.ts';

const file = new URL('../../dashboard/server/shapes.ts', import.meta.url);
writeFileSync(file, shapesFile());
process.stdout.write('dashboard/server/shapes.ts is written\n');
