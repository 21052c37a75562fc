/** Whatever is asked, the answer is JSON, a failure is a problem, and none is the controller's own (500). */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { acting } from '../../dashboard/server/acting.ts';
import { createApi } from '../../dashboard/server/api.ts';
import { reading } from '../../dashboard/server/reading.ts';
import { closeAll, keep } from '../index-world.ts';
import { openWorld } from './world.ts';

let api: FastifyInstance;
let idle: FastifyInstance;
beforeAll(async () => {
  const { access } = await openWorld();
  api = createApi(access);
  const { controller, ...records } = access;
  void controller;
  idle = createApi(records);
  keep({ close: () => Promise.all([api.close(), idle.close()]).then(() => {}) });
});
afterAll(closeAll);

const routes = [...reading, ...acting];
const word = fc.oneof(
  fc.constantFrom('thumbs', 'cat', 'bad', 'a1', 'none', 'a b', '', '__proto__', 'constructor', '.'),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
const path = fc
  .tuple(fc.constantFrom(...routes.map((route) => route.path), '/', '/api/v1/x/y', '//a'), word)
  .map(([pattern, name]) =>
    pattern.replace(':name', encodeURIComponent(name.replace(/\p{Surrogate}/gu, '?'))),
  );
const value = fc.oneof(
  word,
  fc.constantFrom('0', '1', '-1', '1e9', '9007199254740992', 'true', 'done,failed', '2030-01-01'),
  fc.double().map(String),
);
const parameter = fc.tuple(
  fc.oneof(
    fc.constantFrom('limit', 'after', 'from', 'to', 'job', 'state', 'kind', 'attempt', 'summary'),
    word,
  ),
  value,
);
const query = fc
  .array(parameter, { maxLength: 4 })
  .map((pairs) => String(new URLSearchParams(pairs)));

/** Bodies that are nearly right get further than those that are not. */
const leaf = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(0, 1, 2 ** 53, 'resize', 'picky', 'shell', 'items', 'pictures', 'sha256:1', {}),
);
const work = fc.record(
  { handler: leaf, input: leaf, id: leaf, policy: leaf },
  { requiredKeys: [] },
);
const likely = fc.record(
  {
    name: leaf,
    source: fc.oneof(leaf, fc.record({ kind: leaf, id: leaf, count: fc.constant(1) })),
    generation: leaf,
    after: leaf,
    items: fc.oneof(leaf, fc.array(work, { maxLength: 3 })),
    ended: leaf,
    drain: leaf,
    handler: leaf,
    input: leaf,
    policy: fc.oneof(leaf, fc.record({ maxRetries: leaf, timeoutMs: leaf, onUnknown: leaf })),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  { weight: 5, arbitrary: fc.oneof(likely, work).map((given) => JSON.stringify(given)) },
  fc.jsonValue().map((given) => JSON.stringify(given)),
  fc.string({ unit: 'binary' }),
  fc.integer({ min: 1, max: 100_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  fc
    .integer({ min: 1, max: 10_000 })
    .map((depth) => `{"handler":"resize","input":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`),
);

async function isSound(given: {
  readonly isIdle: boolean;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly payload?: string;
}): Promise<void> {
  const { isIdle, ...request } = given;
  const headers = given.method === 'POST' ? { 'content-type': 'application/json' } : {};
  const {
    statusCode,
    body: text,
    headers: told,
  } = await (isIdle ? idle : api).inject({ ...request, headers });
  expect(statusCode).not.toBe(500);
  const answer = JSON.parse(text) as Record<string, unknown>;
  if (statusCode < 400) return;
  expect(told['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer).toMatchObject({
    status: statusCode,
    type: `urn:lifeline:error:${String(answer['code'])}`,
  });
  expect(answer['detail']).toMatch(/[.?]$/);
}

describe('the JSON interface', () => {
  it('has an answer to every question', async () => {
    await fc.assert(
      fc.asyncProperty(path, query, fc.boolean(), (at, asked, isIdle) =>
        isSound({ isIdle, method: 'GET', url: `${at}?${asked}` }),
      ),
      { numRuns: 1_000 },
    );
  });

  it('has an answer to every body', async () => {
    await fc.assert(
      fc.asyncProperty(path, body, fc.boolean(), (url, payload, isIdle) =>
        isSound({ isIdle, method: 'POST', url, payload }),
      ),
      { numRuns: 2_000 },
    );
  });

  it('has an answer to every path', async () => {
    const raw = fc.string({ unit: 'binary-ascii', maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(raw, (text) =>
        isSound({ isIdle: false, method: 'GET', url: `/${text.replace(/[^!-~]|\\/g, '%')}` }),
      ),
      { numRuns: 500 },
    );
  });
});
