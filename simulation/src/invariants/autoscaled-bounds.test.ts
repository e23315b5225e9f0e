import type { History } from '../history/history.ts';
import { autoscaledBounds } from './autoscaled-bounds.ts';
import { judged, LONG, object, type Write } from './judged.fixture.ts';

const web = (replicas: number): Write => ['deployments', object('web', { spec: { replicas, selector: { matchLabels: { app: 'web' } } } })];
const autoscaler = (minReplicas: number, maxReplicas: number, status: object = {}): Write => ['horizontalpodautoscalers', object('a', { spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas, maxReplicas }, status: { ...status } })];
const gone = ([resource, one]: Write): Write => [resource, one, 'gone'];
const runs: Write = ['pods', object('web-1', { status: { phase: 'Running' }, metadata: { name: 'web-1', namespace: 'n', labels: { app: 'web' } } })];

describe('autoscaledBounds', () => {
  /** What it says when a controller has given the Deployment a size, after all that. */
  const scaled = (replicas: number, writes: readonly Write[], { process = 'controller-manager-0', path = '/apis/apps/v1/namespaces/n/deployments/web/scale' } = {}): string | undefined => {
    const invariant = autoscaledBounds();
    judged(invariant, [...writes, web(replicas)]);
    const body = Buffer.from(JSON.stringify({ metadata: { name: 'web', resourceVersion: String(writes.length + 1) }, spec: { replicas } }));
    return invariant.taken?.({ process, atMs: writes.length * 1000, request: { method: 'PUT', path }, response: { status: 200, contentType: '', warnings: [], body } }, {} as History); // it asks nothing of it
  };

  it.each<[string, number, Write[], string | undefined]>([
    ['within bounds', 3, [web(1), autoscaler(2, 4)], undefined],
    ['beyond them', 5, [web(1), autoscaler(2, 4)], 'controller-manager-0 scaled deployments n/web to 5, where 2 to 4 are allowed'],
    ['below them', 1, [web(3), autoscaler(2, 4)], 'controller-manager-0 scaled deployments n/web to 1, where 2 to 4 are allowed'],
    ['within those of a moment ago', 5, [web(1), autoscaler(2, 5), autoscaler(2, 4)], undefined],
    ['within those of long ago', 5, [web(1), autoscaler(2, 5), autoscaler(2, 4), ...LONG], 'controller-manager-0 scaled deployments n/web to 5, where 2 to 4 are allowed'],
    ['for an autoscaler that went a moment ago', 3, [web(1), autoscaler(2, 4), gone(autoscaler(2, 4))], undefined],
    ['for one that went long ago', 3, [web(1), autoscaler(2, 4), gone(autoscaler(2, 4)), ...LONG], 'controller-manager-0 scaled deployments n/web to 3, for which there is no autoscaler'],
    ['for none', 3, [web(1)], 'controller-manager-0 scaled deployments n/web to 3, for which there is no autoscaler'],
    ['that was scaled to none', 2, [web(0), autoscaler(2, 4), ...LONG], 'controller-manager-0 scaled deployments n/web to 2, which was scaled to none'],
    ['that was scaled to none a moment ago', 2, [web(3), autoscaler(2, 4), ...LONG, web(0)], undefined],
  ])('a target %s', (_title, replicas, writes, wrong) => { expect(scaled(replicas, writes)).toBe(wrong); });

  it('lets users give any size', () => {
    expect(scaled(9, [web(1), autoscaler(2, 4)], { process: 'users' })).toBeUndefined();
    expect(scaled(9, [web(1), autoscaler(2, 4)], { path: '/apis/apps/v1/namespaces/n/deployments/web/status' })).toBeUndefined();
  });

  const says = (currentReplicas: number | undefined, desiredReplicas: number): Write => autoscaler(2, 4, { ...(currentReplicas !== undefined && { currentReplicas }), desiredReplicas });
  it.each<[string, string[], Write[]]>([
    ['within bounds, and said so', [], [runs, web(3), says(3, 3)]],
    ['beyond bounds', ['deployments n/web wants 5, where 2 to 4 are allowed'], [runs, web(5), says(5, 5)]],
    ['as many as nobody says', ['autoscaler n/a says that 2 are there and 2 should be, where 3 are wanted'], [runs, web(3), says(2, 2)]],
    ['other than should be', ['autoscaler n/a says that 3 are there and 4 should be, where 3 are wanted'], [runs, web(3), says(3, 4)]],
    ['without metrics, as long as no pod runs', [], [web(3), says(3, 4)]],
    ['none, because autoscaling is off', [], [web(0), says(undefined, 0)]],
    ['none, and some should be', ['autoscaler n/a says that 0 are there and 2 should be, where 0 are wanted'], [web(0), says(undefined, 2)]],
    ['not there', [], [says(undefined, 0)]],
  ])('at rest, a target is %s', (_title, wrong, writes) => { expect(judged(autoscaledBounds(), writes).filter((one) => one !== undefined)).toEqual(wrong); });
});
