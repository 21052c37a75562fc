/** The configuration file and the order of precedence. */
import { describe, expect, it } from 'vitest';
import { parseConfig, readConfig } from '../../cli/config-file.ts';
import { resolveSettings, settingNames } from '../../cli/settings.ts';

const parse = (text: string) => parseConfig(text, 'lifeline.yaml', settingNames);
const textOf = (text: string) =>
  [...parse(text).settings].map(([name, { text: value }]) => [name, value]);

describe('a configuration file', () => {
  it('is YAML', () => {
    expect(textOf('# mine\nperiod: 5s\nagents: 3\njson: true\ndata: "/tmp/x"\n')).toEqual([
      ['period', '5s'],
      ['agents', '3'],
      ['json', 'true'],
      ['data', '/tmp/x'],
    ]);
  });

  it('is JSON', () => {
    expect(textOf('{ "period": "5s", "retries": 0 }')).toEqual([
      ['period', '5s'],
      ['retries', '0'],
    ]);
  });

  it('may be empty', () => {
    expect(textOf('')).toEqual([]);
    expect(textOf('# nothing\n')).toEqual([]);
  });

  it.each([
    [
      'period: 5s\nagnets: 3\n',
      'lifeline.yaml:2: There is no setting "agnets"; do you mean "agents"?',
    ],
    [
      'logLevel: debug',
      'lifeline.yaml:1: There is no setting "logLevel"; do you mean "log-level"?',
    ],
    ['zzz: 1', 'lifeline.yaml:1: There is no setting "zzz"; known are data, namespace,'],
    ['a: 1\nb: [', 'lifeline.yaml:2: '],
    ['{"period": "5s",\n "delay" "1s"}', 'lifeline.yaml:2: '],
    ['period: 1s\nperiod: 2s', 'lifeline.yaml:2: Map keys must be unique'],
    ['- period', 'lifeline.yaml:1: The file must be a map from names to values'],
    ['period:\n  of: 5s', 'lifeline.yaml:1: The setting "period" needs a single value.'],
    ['agents:', 'lifeline.yaml:1: The setting "agents" needs a single value.'],
  ])('refuses %j with its line', (text, sentence) => {
    expect(() => parse(text)).toThrow(sentence);
  });

  it('that does not exist is named', () => {
    expect(() => readConfig('/no/such.yaml', settingNames)).toThrow(
      'The configuration file /no/such.yaml does not exist.',
    );
  });
});

describe('settings', () => {
  const file = parse('period: 3s\ndelay: 3s\ntimeout: 9s\nsweep: 3s').settings;

  it('take flags before the environment, the environment before the file, the file before defaults', () => {
    const env = { LIFELINE_PERIOD: '2s', LIFELINE_DELAY: '2s', LIFELINE_TIMEOUT: '' };
    const values = resolveSettings({ period: '1s' }, env, file, { sweep: '7s', idle: '8s' });
    expect(values).toMatchObject({
      period: 1_000,
      delay: 2_000,
      timeout: 9_000,
      sweep: 3_000,
      idle: 8_000,
      namespace: 'lifeline',
    });
  });

  it('have the margins of the protocol unless somebody says otherwise', () => {
    expect(resolveSettings({}, {}, new Map())).toMatchObject({
      grace: 5_000,
      'kill-time': 1_000,
      drift: 0.0005,
    });
    const env = { LIFELINE_GRACE: '1s', LIFELINE_KILL_TIME: '2s', LIFELINE_DRIFT: '0.1 %' };
    expect(resolveSettings({}, env, new Map())).toMatchObject({
      grace: 1_000,
      'kill-time': 2_000,
      drift: 0.001,
    });
  });

  it.each(['0.05', '-1%', '50%', 'low', ''])(
    'refuse a drift of %j, which is no percentage',
    (drift) => {
      expect(() => resolveSettings({ drift }, {}, new Map())).toThrow(
        `--drift must be a percentage below 50%, as 0.05%, not ${JSON.stringify(drift)}.`,
      );
    },
  );

  it('leave to the handler what nobody has set', () => {
    const values = resolveSettings({}, {}, new Map());
    expect([values.retries, values['on-unknown'], values['task-timeout']]).toEqual(
      Array(3).fill(undefined),
    );
  });

  it.each([
    [{ agents: '0' }, {}, '', '--agents must be a whole number from 1 to 64, not 0.'],
    [{ agents: '1.5' }, {}, '', '--agents must be a whole number from 1 to 64, not 1.5.'],
    [
      {},
      { LIFELINE_TASK_TIMEOUT: '-1' },
      '',
      'LIFELINE_TASK_TIMEOUT must be more than zero, not -1.',
    ],
    [{}, {}, 'idle: NaN', 'lifeline.yaml:1: idle is no duration: "NaN"'],
    [
      {},
      {},
      'on-unknown: maybe',
      'lifeline.yaml:1: on-unknown must be one of retry, park, not "maybe".',
    ],
    [{}, { LIFELINE_JSON: 'maybe' }, '', 'LIFELINE_JSON must be true or false, not "maybe".'],
    [{ namespace: 'a.b' }, {}, '', 'The namespace "a.b" is not allowed'],
    [
      { 'log-level': 'loud' },
      {},
      '',
      '--log-level must be one of debug, info, warn, error, silent',
    ],
    [{ data: '' }, {}, '', '--data must be the path of a directory.'],
  ])('refuse %j %j %j', (flags, env, text, sentence) => {
    expect(() => resolveSettings(flags, env, parse(text).settings)).toThrow(sentence);
  });
});
