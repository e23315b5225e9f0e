import type { coreV1, storageV1 } from '@kubernode/api';
import { claimClass, claimHasClass, defaultStorageClass, isBindingDelayed } from './claim-class.ts';

function claim(storageClassName?: string, beta?: string): coreV1.PersistentVolumeClaim {
  return {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', ...(beta !== undefined && { annotations: { 'volume.beta.kubernetes.io/storage-class': beta } }) },
    spec: { ...(storageClassName !== undefined && { storageClassName }) },
  };
}

function storageClass(name: string, { annotation, createdAt = '2026-01-01T00:00:00Z', volumeBindingMode = 'Immediate' }: { annotation?: string; createdAt?: string; volumeBindingMode?: string } = {}): storageV1.StorageClass {
  return { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name, creationTimestamp: createdAt, ...(annotation !== undefined && { annotations: { [annotation]: 'true' } }) }, provisioner: 'p', volumeBindingMode };
}

const DEFAULT = 'storageclass.kubernetes.io/is-default-class';

test.each<[string, boolean, string, coreV1.PersistentVolumeClaim]>([
  ['says nothing', false, '', claim()],
  ['wants none', true, '', claim('')],
  ['names one', true, 'gold', claim('gold')],
  ['the annotation wins', true, 'silver', claim('gold', 'silver')],
  ['an empty annotation', true, '', claim(undefined, '')],
])('class of a claim that %s', (_title, has, name, one) => {
  expect([claimHasClass(one), claimClass(one)]).toEqual([has, name]);
});

test.each<[string, string | undefined, storageV1.StorageClass[]]>([
  ['no default', undefined, [storageClass('a')]],
  ['the marked one', 'b', [storageClass('a'), storageClass('b', { annotation: DEFAULT })]],
  ['the old mark', 'b', [storageClass('b', { annotation: 'storageclass.beta.kubernetes.io/is-default-class' })]],
  ['the newest', 'b', [storageClass('a', { annotation: DEFAULT }), storageClass('b', { annotation: DEFAULT, createdAt: '2026-01-02T00:00:00Z' })]],
  ['the first by name', 'a', [storageClass('b', { annotation: DEFAULT }), storageClass('a', { annotation: DEFAULT })]],
])('defaultStorageClass: %s', (_title, expected, classes) => {
  expect(defaultStorageClass(classes)?.metadata.name).toBe(expected);
});

test.each<[boolean, coreV1.PersistentVolumeClaim]>([[true, claim('lazy')], [false, claim('eager')], [false, claim('gone')], [false, claim()]])('isBindingDelayed: %s for %j', (expected, one) => {
  const classes = [storageClass('lazy', { volumeBindingMode: 'WaitForFirstConsumer' }), storageClass('eager')];
  expect(isBindingDelayed(one, (name) => classes.find(({ metadata }) => metadata.name === name))).toBe(expected);
});
