import { createFakeClock } from '@kubernode/testing';
import { requestInfoOf } from '../filters/request-info.ts';
import { ResourceSizes, type MeasuredStore } from './resource-sizes.ts';
import { RetryAfter } from './retry-after.ts';
import { WatchCounts } from './watch-counts.ts';
import { workEstimator } from './work-estimator.ts';

const parsed = (method: string, target: string): [ReturnType<typeof requestInfoOf>, URLSearchParams] => {
  const [path = '', search = ''] = target.split('?');
  const query = new URLSearchParams(search);
  return [requestInfoOf(method, path, query), query];
};

describe('workEstimator', () => {
  const sizeOf = ({ resource }: { resource: string }): { objects: number; bytesEach: number } | undefined => (resource === 'pods' ? { objects: 5_000, bytesEach: 4_000 } : undefined);

  it.each<[string, number | undefined, number]>([
    ['/api/v1/pods', undefined, 10],                                   // a million bytes at once, as it comes from the cache
    ['/api/v1/pods?limit=100', undefined, 4],
    ['/api/v1/pods?limit=100&continue=x', undefined, 4],
    ['/api/v1/pods?limit=100&continue=x&labelSelector=a', undefined, 100],
    ['/api/v1/pods?limit=100&continue=x&labelSelector=a', 8, 8],
    ['/api/v1/pods?resourceVersion=5&resourceVersionMatch=Exact', undefined, 100],
    ['/api/v1/namespaces/n/pods?fieldSelector=metadata.name=x', undefined, 1],
    ['/api/v1/pods?watch=1&resourceVersion=7', undefined, 1],
    ['/api/v1/pods?watch=1', undefined, 10],
    ['/api/v1/pods?watch=1&resourceVersion=7&sendInitialEvents=true', undefined, 10],
    ['/apis/example.com/v1/things', undefined, 1],
    ['/api/v1/namespaces/n/pods/p', undefined, 1],
  ])('%s of at most %s seats takes %i', (target, seatsMax, seats) => {
    const estimate = workEstimator({ watches: new WatchCounts(), sizes: { sizeOf } }).estimate(...parsed('GET', target), seatsMax);
    expect(estimate.work).toEqual({ initialSeats: seats, finalSeats: 0, additionalLatencyMs: 0 });
  });

  it('lets writes pay for the watchers that they wake', () => {
    const watches = new WatchCounts();
    const estimator = workEstimator({ watches, sizes: { sizeOf } });
    const work = (method: string, target: string): unknown => estimator.estimate(...parsed(method, target), undefined).work;
    for (let i = 0; i < 150; i++) watches.register(parsed('GET', '/api/v1/pods?watch=1')[0], null);
    for (let i = 0; i < 30; i++) watches.register(parsed('GET', '/api/v1/namespaces/a/pods?watch=1')[0], null);
    for (let i = 0; i < 900; i++) watches.register(parsed('GET', '/api/v1/pods?watch=1')[0], `spec.nodeName=n${i}`);
    const over = watches.register(parsed('GET', '/api/v1/secrets?watch=1')[0], null);
    over[Symbol.dispose]();
    expect(work('PATCH', '/api/v1/namespaces/a/pods/p')).toEqual({ initialSeats: 1, finalSeats: 10, additionalLatencyMs: 9 }); // 18 seats for 5 ms
    expect(work('PUT', '/api/v1/namespaces/b/pods/p/status')).toEqual({ initialSeats: 1, finalSeats: 10, additionalLatencyMs: 7.5 });
    expect(work('POST', '/api/v1/namespaces/b/secrets')).toEqual({ initialSeats: 1, finalSeats: 0, additionalLatencyMs: 0 });
    expect(work('POST', '/api/v1/namespaces/b/serviceaccounts/x/token')).toEqual({ initialSeats: 1, finalSeats: 0, additionalLatencyMs: 0 });
  });
});

describe('ResourceSizes', () => {
  it('weighs a sample beside the requests, and again after a minute', async () => {
    const clock = createFakeClock();
    let lists = 0;
    const store = { ready: true, list: async () => { lists++; return { revision: 1, items: [{ bytes: Buffer.alloc(100) }, { bytes: Buffer.alloc(300) }], remaining: 8 }; } } as unknown as MeasuredStore; // only bytes are looked at
    const sizes = new ResourceSizes({ clock, storeOf: ({ resource }) => (resource === 'pods' ? store : undefined) });
    const pods = { group: '', resource: 'pods' };
    expect([sizes.sizeOf(pods), sizes.sizeOf({ group: '', resource: 'other' })]).toEqual([undefined, undefined]);
    await clock.advance(1);
    expect([sizes.sizeOf(pods), lists]).toEqual([expect.objectContaining({ objects: 10, bytesEach: 200 }), 1]);
    await clock.advance(61_000);
    sizes.sizeOf(pods);
    await clock.advance(1);
    sizes.sizeOf(pods);
    expect(lists).toBe(2);
  });
});

describe('RetryAfter', () => {
  it('doubles while much is refused, up to 32 s, and shrinks when little is', () => {
    const retryAfter = new RetryAfter();
    const seen: number[] = [];
    for (let second = 100; second < 300; second++) { for (let i = 0; i < 100; i++) retryAfter.refused(second * 1000 + i); seen.push(retryAfter.seconds); }
    expect([seen[0], [...new Set(seen)]]).toEqual([1, [1, 2, 4, 8, 16, 32]]);
    for (let second = 1_000; second < 1_500; second += 10) retryAfter.refused(second * 1000);
    expect(retryAfter.seconds).toBeLessThan(10);
  });
});
