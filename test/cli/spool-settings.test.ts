/** Caps of the spool as settings: how sizes are read, what is refused, and where they may be given. */
import { describe, expect, it } from 'vitest';
import { resolveSettings } from '../../cli/settings.ts';
import { SPOOL_LIMITS } from '../../handlers/spool-room.ts';
import { commandLine } from './command-line.ts';

const resolved = (flags: Record<string, string>, env: Record<string, string> = {}) =>
  resolveSettings(flags, env, new Map());

describe('a size', () => {
  it.each([
    ['5000', 5_000],
    ['500KB', 512_000],
    ['64MB', 67_108_864],
    [' 1.5 gb ', 1_610_612_736],
    ['1TB', 2 ** 40],
  ])('%j is %d bytes', (text, size) => {
    expect(resolved({ 'log-cap': text })['log-cap']).toBe(size);
  });

  it.each(['', 'much', '64M', '-1MB', '4095', '0', '2TB', '1e9', '1,5MB'])('refuses %j', (text) => {
    expect(() => resolved({ 'log-cap': text })).toThrow(
      /^--log-cap must be a size from 4KB to 1TB, as 500KB, 64MB or 1GB, not "/,
    );
  });
});

describe('the caps of the spool', () => {
  it('are those of the spool itself when nobody says anything', () => {
    const values = resolved({});
    expect(values['log-cap']).toBe(SPOOL_LIMITS.attemptBytes);
    expect(values['spool-cap']).toBe(SPOOL_LIMITS.totalBytes);
  });

  it('may come from the environment', () => {
    expect(resolved({}, { LIFELINE_SPOOL_CAP: '2GB' })['spool-cap']).toBe(2 ** 31);
  });

  it.each(['agent', 'up', 'run', 'ingest'])('are flags of %s', async (verb) => {
    const { out } = await commandLine([verb, '--help']);
    expect(out).toContain('--log-cap <SIZE>');
    expect(out).toContain('--spool-cap <SIZE>');
  });
});
