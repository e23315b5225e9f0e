import type { History, Stored } from '../history/history.ts';
import { object } from '../invariants/judged.fixture.ts';
import { PlayedMetrics } from './played-metrics.ts';

interface Item { metadata: { name: string }; timestamp: string; window: string; containers: { name: string; usage: { cpu: string } }[] }

const PERIOD_MS = 600_000;
const pod = (name: string, app: string, phase = 'Running'): Stored => object(name, { spec: { containers: [{ name: 'main' }] }, status: { phase }, metadata: { name, namespace: 'n', labels: { app } } });
const pods = [pod('a', 'web'), pod('b', 'web'), pod('waits', 'web', 'Pending'), pod('other', 'db'), { ...pod('elsewhere', 'web'), metadata: { name: 'elsewhere', namespace: 'm', labels: { app: 'web' } } }];

function play(): { metrics: PlayedMetrics; at(nowMs: number, app?: string): Item[] } {
  let nowMs = 0;
  const metrics = new PlayedMetrics({ all: () => pods } as unknown as History, () => nowMs); // what is asked of it
  const items = (app: string): Item[] => {
    const { body, status } = metrics.answer({ method: 'GET', path: `/apis/metrics.k8s.io/v1beta1/namespaces/n/pods?labelSelector=app%3D${app}` }) ?? {};
    expect(status).toBe(200);
    return (JSON.parse(body?.toString('utf8') ?? '') as { items: Item[] }).items; // a PodMetricsList
  };
  return { metrics, at: (ms, app = 'web') => { nowMs = ms; return items(app); } };
}

const milli = (items: readonly Item[]): number[] => items.map(({ containers }) => Number.parseInt(containers[0]?.usage.cpu ?? '', 10));

describe('PlayedMetrics', () => {
  it('tells of the running pods that are chosen, as of now', () => {
    const [first, ...others] = play().at(Date.parse('2026-01-01T00:00:07Z'));
    expect(first).toEqual({ metadata: { name: 'a', namespace: 'n' }, timestamp: '2026-01-01T00:00:07Z', window: '30s', containers: [{ name: 'main', usage: { cpu: expect.stringMatching(/^\d+m$/) as string } }] });
    expect(others.map(({ metadata }) => metadata.name)).toEqual(['b']);
  });

  it('leaves all other questions to servers', () => {
    const { metrics } = play();
    const asked = [['GET', '/api/v1/namespaces/n/pods?labelSelector=app%3Dweb'], ['GET', '/apis/metrics.k8s.io/v1beta1/namespaces/n/pods'], ['POST', '/apis/metrics.k8s.io/v1beta1/namespaces/n/pods?labelSelector=a']] as const;
    expect(asked.map(([method, path]) => metrics.answer({ method, path }))).toEqual([undefined, undefined, undefined]);
  });

  it('shares a load among pods that goes up and down within a period, for each app at its own time', () => {
    const { at } = play();
    const times = Array.from({ length: 61 }, (_, i) => (i * PERIOD_MS) / 60);
    const wave = times.map((ms) => milli(at(ms)));
    expect(wave.every(([a, b]) => a === b)).toBe(true);
    const loads = wave.map(([a = 0]) => a);
    expect(Math.min(...loads)).toBeLessThanOrEqual(1);
    expect(Math.max(...loads)).toBeGreaterThanOrEqual(19);
    expect(loads[60]).toBe(loads[0]);
    expect(times.map((ms) => milli(at(ms, 'db'))[0])).not.toEqual(loads.map((load) => load * 2));
  });

  it('is still when it is to be calm, until it is to stir', () => {
    const { metrics, at } = play();
    const wave = (): number[] => [0, 0.2, 0.4, 0.6, 0.8].flatMap((part) => milli(at(part * PERIOD_MS)));
    const before = wave();
    metrics.calm();
    expect(new Set(wave())).toEqual(new Set([5]));
    metrics.stir();
    expect(wave()).toEqual(before);
  });
});
