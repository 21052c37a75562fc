/** The OpenAPI document: valid, about every route, and made from the types as they are. */
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { described, openapi } from '../../dashboard/server/openapi.ts';
import { routes } from '../../dashboard/server/routes.ts';
import { OPERATIONS, SHAPES } from '../../dashboard/server/shapes.ts';
import { wrongWith } from '../dashboard/shape-check.ts';
import { shapesFile } from './openapi-shapes.ts';

interface Shape {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

describe('the OpenAPI document', () => {
  it('is a valid one', async () => {
    const document = JSON.parse(JSON.stringify(openapi(routes, '1.2.3'))) as Record<
      string,
      unknown
    >;
    expect(await new Validator().validate(document)).toMatchObject({ valid: true });
  });

  it('tells of every route, and what each parameter is', () => {
    const there = routes.map(({ method, path }) => `${method} ${path}`).sort();
    expect(Object.keys(OPERATIONS).sort()).toEqual(there);
    for (const { says } of Object.values(OPERATIONS)) expect(says).toMatch(/^[A-Z].*[.:]/);
    for (const { query = [], path } of routes)
      for (const name of query) expect(described.has(name), `${name} of ${path}`).toBe(true);
    const { paths } = openapi(routes, '1') as { readonly paths: Record<string, Record<string, { operationId: string }>> }; // prettier-ignore
    const ids = Object.values(paths).flatMap((path) => Object.values(path).map((one) => one.operationId)); // prettier-ignore
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('gives every list in pages, or says that it is one page', () => {
    const resolve = (schema: Shape): Shape =>
      schema.$ref === undefined ? schema : (SHAPES[schema.$ref.split('/').at(-1)!] as Shape);
    const lists = Object.entries(OPERATIONS).filter(([name, { gives }]) => {
      const { properties = {} } = resolve(gives);
      return name.startsWith('GET') && ('items' in properties || 'finished' in properties);
    });
    expect(lists.length).toBeGreaterThan(12);
    for (const [name, { gives }] of lists) {
      const { properties } = resolve(gives);
      expect(properties, name).toHaveProperty('next');
      const { query = [] } = routes.find(({ method, path }) => `${method} ${path}` === name)!;
      const isOnePage = (properties!['next'] as { readonly type?: string }).type === 'null';
      expect(isOnePage || (query.includes('limit') || query.includes('from')), name).toBe(true); // prettier-ignore
    }
  });

  it('is what answers are held against, and notices what is missing and what is not told of', () => {
    const agent = { id: 'a1', address: null, state: null, restingUntil: null };
    const answer = (more: object, one: object) => ({
      items: [], next: null, ...more,
      ...(Object.keys(one).length > 0 && { items: [{ agents: [{ ...agent, ...one }] }] }),
    }); // prettier-ignore
    const wrong = (more: object, one: object = {}) =>
      wrongWith('GET', '/api/v1/process-classes', answer(more, one)).join('\n');
    expect(wrong({})).toBe('');
    expect(wrong({ extra: 1 })).toContain('additional');
    expect(wrong({ next: 'x' })).toContain('/next');
    expect(wrong({}, { id: 1 })).toContain('/items/0/agents/0/id');
    expect(wrong({}, { odd: 1 })).toContain('/items/0/agents/0');
    expect(wrong({}, { id: 'a2' })).toContain('required');
  });

  it('has the shapes of the types: `npm run docs:openapi` makes them anew', () => {
    const file = new URL('../../dashboard/server/shapes.ts', import.meta.url);
    expect(readFileSync(file, 'utf8')).toBe(shapesFile());
  });
});
