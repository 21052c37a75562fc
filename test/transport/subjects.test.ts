/** Subjects: built from ids alone, matched by the rules of NATS. */
import { describe, expect, it } from 'vitest';
import { InvalidId } from '../../transport/ids.ts';
import * as subjects from '../../transport/subjects.ts';

describe('subjects', () => {
  it.each([
    [subjects.toAgent('acme', 'a1'), 'acme.to.a1'],
    [subjects.fromAgent('acme', 'a1'), 'acme.from.a1'],
    [subjects.fromAllAgents('acme'), 'acme.from.*'],
    [subjects.control('acme', 'ops'), 'acme.control.ops'],
    [subjects.allControls('acme'), 'acme.control.*'],
    [subjects.reply('acme', 'ops'), 'acme.reply.ops'],
    [subjects.claim('acme'), 'acme.claim'],
    [subjects.probe('acme', 'c0ffee'), 'acme.probe.c0ffee'],
    [subjects.feed('acme', 'job', 'thumbs'), 'acme.feed.job.thumbs'],
    [subjects.allFeeds('acme'), 'acme.feed.>'],
  ])('builds %s', (built, text) => {
    expect(built).toBe(text);
  });

  it.each<[string, () => string]>([
    ['an agent called *', () => subjects.toAgent('acme', '*')],
    ['an agent called >', () => subjects.fromAgent('acme', '>')],
    ['an agent with a dot', () => subjects.toAgent('acme', 'a.b')],
    ['an empty agent', () => subjects.toAgent('acme', '')],
    ['a namespace with a dot', () => subjects.claim('acme.to')],
    ['a namespace called *', () => subjects.fromAllAgents('*')],
    ['an empty namespace', () => subjects.allFeeds('')],
    ['a controller with a newline', () => subjects.probe('acme', 'c\r\nPUB')],
    ['a client called *', () => subjects.control('acme', '*')],
    ['a wildcard in a feed', () => subjects.feed('acme', 'job', '>')],
  ])('refuses %s', (_name, build) => {
    expect(build).toThrow(InvalidId);
  });

  it('finds the frames of every agent, and nothing else, behind the pattern of all agents', () => {
    const pattern = subjects.fromAllAgents('acme');
    expect(subjects.matches(subjects.fromAgent('acme', 'a1'), pattern)).toBe(true);
    expect(subjects.matches(subjects.toAgent('acme', 'a1'), pattern)).toBe(false);
    expect(subjects.matches(subjects.fromAgent('other', 'a1'), pattern)).toBe(false);
  });
});

describe('matches', () => {
  it.each<[string, string, boolean]>([
    ['a.b', 'a.b', true],
    ['a.b', 'a.c', false],
    ['a.b', 'a', false],
    ['a', 'a.b', false],
    ['a.b.c', 'a.*.c', true],
    ['a.c', 'a.*.c', false],
    ['a.b.b.c', 'a.*.c', false],
    ['a.b', '*.*', true],
    ['a', '*', true],
    ['a.b', '*', false],
    ['a.b', 'a.*', true],
    ['a', 'a.*', false],
    ['a.b', 'a.>', true],
    ['a.b.c.d', 'a.>', true],
    ['a', 'a.>', false],
    ['a', '>', true],
    ['a.b.c', '>', true],
    ['a.b.c', '*.>', true],
    ['a', '*.>', false],
    ['a.b.c', 'a.>.c', false],
    ['ab', 'a*', false],
    ['a.bc', 'a.b*', false],
    ['A.b', 'a.b', false],
  ])('%s and %s: %s', (subject, pattern, expected) => {
    expect(subjects.matches(subject, pattern)).toBe(expected);
  });
});

describe('isPattern', () => {
  it.each<[string, boolean]>([
    ['a.b', false],
    ['a.b*', false],
    ['a.*', true],
    ['*.a', true],
    ['a.>', true],
  ])('%s: %s', (text, expected) => {
    expect(subjects.isPattern(text)).toBe(expected);
  });
});
