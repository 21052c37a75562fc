/** What an agent may be called by beside its id: one spelling of each URI, and a sentence for what is none. */
import { describe, expect, it } from 'vitest';
import { agentAddress, checkAddress, isAddress } from '../../machines/agent-address.ts';

describe('an address', () => {
  it.each([
    ['http://127.0.0.2:4445', 'http://127.0.0.2:4445'],
    ['HTTP://Host:80/', 'http://host'],
    ['https://host:4445/', 'https://host:4445'],
    ['http://[::1]:4445', 'http://[::1]:4445'],
    ['http://host:4445/a', 'http://host:4445/a'],
    ['lifeline://a-1', 'lifeline://a-1'],
  ])('%s is spelled %s', (text, spelled) => {
    expect(agentAddress(text)).toBe(spelled);
    expect(agentAddress(spelled)).toBe(spelled);
    expect(isAddress(spelled)).toBe(true);
  });

  it.each([
    '',
    'a1',
    'host:4445',
    '127.0.0.2:4445',
    'http://',
    'http://a b',
    'http://u:p@host',
    `http://${'h'.repeat(300)}`,
  ])('is not %j', (text) => {
    expect(agentAddress(text)).toBeUndefined();
    expect(() => checkAddress(text)).toThrow('The address of an agent must be a URI');
  });

  it('is told apart from an id', () => {
    expect(['a1', 'A-b_c', 'http://a1'].map(isAddress)).toEqual([false, false, true]);
  });
});
