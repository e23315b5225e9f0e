import { freesQuota } from './frees-quota.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const object = (spec: object, status: object = {}, metadata: object = {}): { metadata: { name: string } } => ({ metadata: { name: 'x', uid: 'u', ...metadata } as { name: string }, ...{ spec, status } });
const sized = (cpu: string): object => object({}, { containerStatuses: [{ name: 'c', resources: { requests: { cpu } } }] });
const gone = { deletionTimestamp: '2025-12-31T23:59:00Z', deletionGracePeriodSeconds: 30 };

test.each<[string, string, object | undefined, object | undefined, boolean]>([
  ['secrets', 'deleted', object({}), undefined, true], ['secrets', 'replaced', object({}), object({}, {}, { uid: 'v' }), true], ['secrets', 'created', undefined, object({}), false], ['secrets', 'changed', object({}), object({ a: 1 }), false],
  ['pods', 'changed', object({}), object({}, { phase: 'Running' }), false], ['pods', 'ended', object({}), object({}, { phase: 'Failed' }), true], ['pods', 'ended before', object({}, { phase: 'Failed' }), object({}, { phase: 'Failed', reason: 'x' }), false],
  ['pods', 'overdue', object({}), object({}, {}, gone), true], ['pods', 'given a deadline', object({}), object({ activeDeadlineSeconds: 5 }), true],
  ['pods', 'resized', sized('2'), sized('1'), true], ['pods', 'said otherwise', sized('1'), sized('1000m'), false],
  ['services', 'made internal', object({ type: 'NodePort' }), object({ type: 'ClusterIP' }), true], ['services', 'renamed outside', object({ type: 'ExternalName' }), object({ type: 'ClusterIP' }), false],
  ['persistentvolumeclaims', 'changed', object({}), object({}), true],
])('%s that are %s free quota: %p', (resource, _how, previous, next, frees) => {
  const change = { key: 'n/x', ...(next && { object: next }), ...(previous && { previous }) } as Parameters<typeof freesQuota>[1]; // as the informer tells
  expect(freesQuota({ group: '', resource }, change, nowMs)).toBe(frees);
});

test('a resource of the same name in another group is only counted', () => {
  expect(freesQuota({ group: 'example.com', resource: 'persistentvolumeclaims' }, { key: 'n/x', object: object({}), previous: object({}) }, nowMs)).toBe(false);
});
