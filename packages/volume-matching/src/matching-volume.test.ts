import type { coreV1 } from '@kubernode/api';
import { findMatchingVolume, type VolumeWanted } from './matching-volume.ts';
import { reachesNode } from './volume-affinity.ts';

type Volume = coreV1.PersistentVolume;
type Claim = coreV1.PersistentVolumeClaim;

function volume(name: string, size: string, { phase = 'Available', labels, deleted = false, ...spec }: Partial<coreV1.PersistentVolumeSpec> & { phase?: string; labels?: Record<string, string>; deleted?: boolean } = {}): Volume {
  return {
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name, ...(labels && { labels }), ...(deleted && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
    spec: { capacity: { storage: size }, accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], storageClassName: 'wait', ...spec }, status: { phase },
  };
}

function claim(name: string, size: string, spec: Partial<coreV1.PersistentVolumeClaimSpec> = {}): Claim {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'ns', uid: `uid-${name}` }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } }, storageClassName: 'wait', ...spec } };
}

function onNode(value: string): Partial<coreV1.PersistentVolumeSpec> {
  return { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'key1', operator: 'In', values: [value] }] }] } } };
}

const volumes: readonly Volume[] = [
  volume('small', '5G', { storageClassName: '' }),
  volume('other-class', '200E', { storageClassName: 'large' }),
  volume('first', '100G', onNode('1')),
  volume('second', '150G', onNode('1')),
  volume('reserved', '100G', { ...onNode('1'), claimRef: { name: 'b', namespace: 'ns' } }),
  volume('third', '200G', onNode('3')),
  volume('new', '200G', { ...onNode('4'), phase: 'Pending' }),
];
const node = (value: string): VolumeWanted['node'] => ({ labels: { key1: value } });

describe('findMatchingVolume for a node', () => {
  test.each<[string, string | undefined, Claim, VolumeWanted['node'], string[]?]>([
    ['the smallest that reaches the node', 'first', claim('a', '100G'), node('1')],
    ['the one reserved for the claim', 'reserved', claim('b', '100G'), node('1')],
    ['not one that another claim takes', 'second', claim('a', '100G'), node('1'), ['first']],
    ['none left', undefined, claim('a', '100G'), node('1'), ['first', 'second']],
    ['an access mode that none offers', undefined, claim('a', '100G', { accessModes: ['ReadWriteMany'] }), node('1')],
    ['a node that none reaches', undefined, claim('a', '100G'), node('2')],
    ['a reserved one that does not reach the node, others that would notwithstanding', undefined, claim('b', '100G'), node('3')],
    ['one that is not available yet', undefined, claim('d', '100G'), node('4')],
    ['affinity of others does not matter', 'third', claim('c', '100G'), node('3')],
    ['another attributes class', undefined, claim('a', '100G', { volumeAttributesClassName: 'gold' }), node('1')],
    ['another attributes class than the reserved one has', undefined, claim('b', '100G', { volumeAttributesClassName: 'gold' }), node('1')],
  ])('%s: %s', (_title, expected, wanted, at, excluded = []) => {
    expect(findMatchingVolume({ claim: wanted, volumes, node: at, excluded: new Set(excluded), reservedOnly: true })?.metadata.name).toBe(expected);
  });
});

describe('findMatchingVolume for the binder', () => {
  test.each<[string, string | undefined, Claim, Volume[], boolean?]>([
    ['the smallest, whatever its affinity', 'b', claim('a', '1Gi'), [volume('a', '3Gi'), volume('b', '2Gi', onNode('1')), volume('c', '900Mi')]],
    ['the first of equal ones', 'a', claim('a', '1Gi'), [volume('a', '2Gi'), volume('b', '2048Mi')]],
    ['of the class', undefined, claim('a', '1Gi', { storageClassName: 'gold' }), [volume('a', '2Gi')]],
    ['no class is a class', 'a', claim('a', '1Gi', { storageClassName: '' }), [volume('a', '2Gi', { storageClassName: '' })]],
    ['with the labels', 'b', claim('a', '1Gi', { selector: { matchLabels: { disk: 'ssd' } } }), [volume('a', '1Gi'), volume('b', '2Gi', { labels: { disk: 'ssd' } })]],
    ['of the volume mode', undefined, claim('a', '1Gi', { volumeMode: 'Block' }), [volume('a', '2Gi')]],
    ['not one that is being deleted', undefined, claim('a', '1Gi'), [volume('a', '2Gi', { deleted: true })]],
    ['not one of somebody else', undefined, claim('a', '1Gi'), [volume('a', '2Gi', { claimRef: { name: 'b', namespace: 'ns' } })]],
    ['not one of a former claim of the name', undefined, claim('a', '1Gi'), [volume('a', '2Gi', { claimRef: { name: 'a', namespace: 'ns', uid: 'old' } })]],
    ['the reserved one, of whatever class, phase and labels', 'a', claim('a', '1Gi', { selector: { matchLabels: { disk: 'ssd' } } }), [volume('b', '1Gi', { labels: { disk: 'ssd' } }), volume('a', '2Gi', { claimRef: { name: 'a', namespace: 'ns' }, storageClassName: 'x', phase: 'Bound' })]],
    ['but not when the reserved one is too small', 'b', claim('a', '1Gi'), [volume('a', '1M', { claimRef: { name: 'a', namespace: 'ns' } }), volume('b', '2Gi')]],
    ['none while the claim waits for a pod', undefined, claim('a', '1Gi'), [volume('a', '2Gi')], true],
    ['save a reserved one', 'a', claim('a', '1Gi'), [volume('a', '2Gi', { claimRef: { name: 'a', namespace: 'ns', uid: 'uid-a' } })], true],
  ])('%s: %s', (_title, expected, wanted, offered, reservedOnly = false) => {
    expect(findMatchingVolume({ claim: wanted, volumes: offered, reservedOnly })?.metadata.name).toBe(expected);
  });
});

test.each<[string, boolean, coreV1.VolumeNodeAffinity | undefined]>([
  ['no affinity', true, undefined],
  ['an empty one', true, {}],
  ['no terms', false, { required: { nodeSelectorTerms: [] } }],
  ['an empty term', false, { required: { nodeSelectorTerms: [{ matchExpressions: [] }] } }],
  ['any of the terms', true, { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'c', operator: 'In', values: ['1'] }] }, { matchExpressions: [{ key: 'b', operator: 'In', values: ['0', '2'] }] }] } }],
  ['all expressions of a term', false, { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['1'] }, { key: 'c', operator: 'Exists' }] }] } }],
  ['numbers', true, { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'b', operator: 'Gt', values: ['1'] }, { key: 'c', operator: 'DoesNotExist' }, { key: 'a', operator: 'NotIn', values: ['2'] }] }] } }],
  ['an unknown operator', false, { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Like', values: ['1'] }] }] } }],
  ['fields are not looked at', true, { required: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }] } }],
])('reachesNode: %s', (_title, expected, nodeAffinity) => {
  expect(reachesNode(volume('v', '1Gi', nodeAffinity && { nodeAffinity }), { a: '1', b: '2' })).toBe(expected);
});
