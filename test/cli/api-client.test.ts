/** What a controller answers, as the verbs take it: JSON, a sentence with its exit code, or nobody. */
import { describe, expect, it } from 'vitest';
import { createApiClient, isNoAnswer, type Answer, type Ask } from '../../cli/api-client.ts';
import { CommandFailed } from '../../cli/failure.ts';

const about = { where: 'in ./here', isLive: true, close: async () => {} };

/** A client whose every question is answered so, and what was asked. */
function answering(status: number, body: unknown) {
  const asked: Parameters<Ask>[] = [];
  const ask: Ask = (...question) => {
    asked.push(question);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return Promise.resolve<Answer>({ status, body: text });
  };
  return { api: createApiClient(ask, about), asked };
}

const failing = async (promise: Promise<unknown>): Promise<CommandFailed> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CommandFailed);
  return error as CommandFailed;
};

describe('a client', () => {
  it('asks with the query that is given, and leaves out what is undefined', async () => {
    const { api, asked } = answering(200, { items: [] });
    const query = { job: 'a b', limit: 10, after: undefined, summary: true };
    expect(await api.get('/api/v1/jobs', query)).toEqual({ items: [] });
    expect(asked).toEqual([['GET', '/api/v1/jobs?job=a+b&limit=10&summary=true', undefined]]);
  });

  it('posts JSON, {} when there is nothing to say', async () => {
    const { api, asked } = answering(201, { id: 'x' });
    expect(await api.post('/api/v1/jobs', { name: 'x' })).toEqual({ id: 'x' });
    await api.post('/api/v1/jobs/x/stop');
    expect(asked).toEqual([
      ['POST', '/api/v1/jobs', '{"name":"x"}'],
      ['POST', '/api/v1/jobs/x/stop', '{}'],
    ]);
  });

  it.each([
    [400, 2],
    [401, 2],
    [403, 2],
    [404, 4],
    [409, 2],
    [413, 2],
    [415, 2],
    [500, 1],
    [503, 3],
  ])(
    'has for a problem of status %i exit code %i, its sentence and its code',
    async (status, exit) => {
      const { api } = answering(status, { status, code: 'some', detail: 'It cannot be.' });
      const error = await failing(api.get('/api/v1/jobs'));
      expect(error).toMatchObject({ message: 'It cannot be.', exitCode: exit, code: 'some' });
      expect(isNoAnswer(error)).toBe(exit === 3);
    },
  );

  it.each([
    ['a page', 200, '<html></html>'],
    ['nothing', 204, ''],
    ['no object', 200, '"ok"'],
    ['a problem of somebody else', 404, { message: 'Not Found' }],
  ])('takes %s for no controller', async (_what, status, body) => {
    const error = await failing(answering(status, body).api.get('/healthz'));
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain(`What answers in ./here is no controller of Lifeline`);
  });
});
