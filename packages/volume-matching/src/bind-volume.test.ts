import type { coreV1 } from '@kubernode/api';
import { bindVolume, isVolumeBoundToClaim } from './bind-volume.ts';

const claim: coreV1.PersistentVolumeClaim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', namespace: 'ns', uid: 'u1', resourceVersion: '7' } };
const fullRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'c', namespace: 'ns', uid: 'u1', resourceVersion: '7' };

function volume(claimRef?: coreV1.ObjectReference, annotations?: Record<string, string>): coreV1.PersistentVolume {
  return { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v', ...(annotations && { annotations }) }, spec: { ...(claimRef && { claimRef }) } };
}

test.each<[string, boolean, coreV1.ObjectReference | undefined]>([
  ['a free volume', false, undefined],
  ['a reservation by name', true, { name: 'c', namespace: 'ns' }],
  ['a reservation with an empty uid', true, { name: 'c', namespace: 'ns', uid: '' }],
  ['another namespace', false, { name: 'c', namespace: 'other' }],
  ['a former claim of the name', false, { name: 'c', namespace: 'ns', uid: 'u0' }],
  ['bound', true, fullRef],
])('isVolumeBoundToClaim: %s', (_title, expected, ref) => {
  expect(isVolumeBoundToClaim(volume(ref), claim)).toBe(expected);
});

test('bindVolume marks a volume that was free as bound by a controller', () => {
  expect(bindVolume(volume(), claim)).toEqual(volume(fullRef, { 'pv.kubernetes.io/bound-by-controller': 'yes' }));
});

test('bindVolume completes a user\'s reservation without the mark', () => {
  expect(bindVolume(volume({ name: 'c', namespace: 'ns' }), claim)).toEqual(volume(fullRef));
});

test('bindVolume leaves a bound volume as it is, however old the version it refers to', () => {
  const bound = volume({ ...fullRef, resourceVersion: '1' });
  expect(bindVolume(bound, claim)).toBe(bound);
});
