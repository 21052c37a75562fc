/** What Prometheus is told is right, and the alerts stand on names that are told. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { METRICS } from '../../dashboard/server/metrics.ts';
import { closeAll, resize, until } from '../index-world.ts';
import { askInject, openWorld } from './world.ts';

afterEach(closeAll);

/** The value of a sample; undefined when it is not there. */
const valueOf = (text: string, sample: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${sample} `))
    .map((line) => Number(line.slice(sample.length + 1)))[0];

describe('the metrics', () => {
  it('say how controller, agents, work and jobs stand, and count facts from then on', async () => {
    const { access, controller, park, settled } = await openWorld();
    await park(['lost-1']);
    await settled();
    const ask = askInject(access);
    const scrape = async () => (await ask('GET', '/metrics')).body;
    const text = await scrape();
    const expected: readonly (readonly [string, number | undefined])[] = [
      ['lifeline_phase{phase="active"}', 1],
      ['lifeline_phase{phase="recovering"}', 0],
      ['lifeline_term', 1],
      ['lifeline_hears', 1],
      ['lifeline_agents{liveness="gone"}', 0],
      ['lifeline_agent_slots{agent="a1"}', 20],
      ['lifeline_work{state="done"}', 4],
      ['lifeline_work{state="failed"}', 1],
      ['lifeline_work{state="parked"}', 1],
      ['lifeline_parked', 1],
      ['lifeline_unconfirmed', 0],
      ['lifeline_facts_total{kind="assign"}', undefined],
    ];
    for (const [sample, value] of expected) expect(valueOf(text, sample), sample).toBe(value);
    expect(valueOf(text, 'lifeline_agent_silent_seconds{agent="a1"}')).toBeGreaterThan(0);
    expect(valueOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(1e7);
    expect(valueOf(text, 'lifeline_journal_position')).toBe(controller.status().position);

    await controller.submit(resize, { path: 'a.jpg' });
    let counted: string = text;
    await until(() => {
      void scrape().then((again) => (counted = again));
      return valueOf(counted, 'lifeline_facts_total{kind="done"}') === 1;
    });
    expect(valueOf(counted, 'lifeline_facts_total{kind="assign"}')).toBe(1);
    expect(counted).not.toContain('kind="job.started"');
  });

  it('are all there, each with its type, and none that is not named', async () => {
    const { access } = await openWorld();
    const { body, type } = await askInject(access)('GET', '/metrics');
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    const typed = [...body.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, kind]) => [
      name,
      kind,
    ]);
    expect(typed.map(([name]) => name)).toEqual(Object.keys(METRICS));
    for (const [name, kind] of typed)
      expect(kind).toBe(name!.endsWith('_total') ? 'counter' : 'gauge');
  });
});

describe('the alerts', () => {
  const file = new URL('../../docs/alerts.rules.yml', import.meta.url);
  const { groups } = parse(readFileSync(file, 'utf8')) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[];
  };
  interface Rule {
    readonly alert: string;
    readonly expr: string;
    readonly labels: { readonly severity: string };
    readonly annotations: { readonly summary: string; readonly description: string };
  }

  it('stand on metrics and labels that are told', () => {
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(8);
    for (const { alert, expr, labels, annotations } of rules) {
      expect(alert).toMatch(/^Lifeline\w+$/);
      expect(labels.severity).toMatch(/^(critical|warning|info)$/);
      expect(annotations.summary.length * annotations.description.length).toBeGreaterThan(0);
      const named = [...expr.matchAll(/\b((?:lifeline|process)_\w+|up)(?:\{(.*?)\})?/g)];
      expect(named.length, alert).toBeGreaterThan(0);
      for (const [, name, given = ''] of named) {
        if (name === 'up') continue;
        expect(Object.keys(METRICS), alert).toContain(name);
        const [, ...known] = METRICS[name as keyof typeof METRICS] as readonly string[];
        for (const [, label] of given.matchAll(/(\w+)(?:=~?)"/g))
          expect(known, alert).toContain(label);
      }
    }
  });
});
