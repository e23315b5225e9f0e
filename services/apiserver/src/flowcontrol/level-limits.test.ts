import { bootstrapObjects } from '../authz/bootstrap-objects/bootstrap-objects.ts';
import { adjustLimits, limitsOf, readLevel, requestSeatsMax, type LevelDemand, type PriorityLevelObject } from './level-limits.ts';

const levels = (bootstrapObjects.priorityLevelConfigurations as PriorityLevelObject[]).map(readLevel).flatMap((level) => level ?? []);
const limits = limitsOf(levels, 600);
const by = <T>(list: readonly T[]): Record<string, T> => Object.fromEntries(levels.map(({ name }, index) => [name, list[index] as T]));

describe('limitsOf', () => {
  it('gives the levels of a default server the seats that they have in Kubernetes', () => {
    expect(by(limits)).toMatchObject({
      exempt: { nominal: 0, min: 0, max: 600 }, 'catch-all': { nominal: 13, min: 13 }, 'global-default': { nominal: 49, min: 24 }, 'leader-election': { nominal: 25, min: 25 },
      'node-high': { nominal: 98, min: 73 }, system: { nominal: 74, min: 50 }, 'workload-high': { nominal: 98, min: 49 }, 'workload-low': { nominal: 245, min: 24 },
    });
    expect(by(levels.map((level, index) => requestSeatsMax(level, limits[index] ?? { nominal: 0, min: 0, max: 0 })))).toMatchObject({ 'catch-all': undefined, 'global-default': 8, 'workload-low': 37 });
  });
});

describe('adjustLimits', () => {
  const demand = (of: Readonly<Record<string, number>>): LevelDemand[] => levels.map(({ name }, index) => ({ ...(limits[index] ?? { nominal: 0, min: 0, max: 0 }), isExempt: name === 'exempt', current: 1, highWatermark: of[name] ?? 0, smoothed: of[name] ?? 0 }));

  it('lends idle seats to the level that wants them', () => {
    const adjusted = by(adjustLimits(demand({ 'global-default': 300 })).limits);
    expect(adjusted['global-default']).toBeGreaterThan(300);
    expect(adjusted['catch-all']).toBeGreaterThanOrEqual(13);
    expect(adjusted['workload-low']).toBeLessThan(30);
  });

  it('takes back what was lent when its owner wants it', () => {
    const adjusted = by(adjustLimits(demand({ 'global-default': 300, 'workload-low': 245 })).limits);
    expect(adjusted['workload-low']).toBeGreaterThanOrEqual(245);
    expect(Object.values(adjusted).reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(600);
  });

  it('leaves the others their least when exempt requests take all', () => {
    const adjusted = by(adjustLimits(demand({ exempt: 600, 'workload-low': 245 })).limits);
    expect(adjusted).toMatchObject({ exempt: 600, 'workload-low': 24, 'node-high': 73 });
  });
});

describe('readLevel', () => {
  it.each<[string, object]>([
    ['a limited level without limits', { type: 'Limited' }],
    ['an exempt level of another name', { type: 'Exempt', exempt: {} }],
    ['queues without a configuration', { type: 'Limited', limited: { limitResponse: { type: 'Queue' } } }],
  ])('leaves out %s', (_, spec) => expect(readLevel({ kind: 'PriorityLevelConfiguration', apiVersion: 'flowcontrol.apiserver.k8s.io/v1', metadata: { name: 'odd' }, spec } as PriorityLevelObject)).toBeUndefined()); // what validation refuses
});
