import type { OwnerReference } from '@kubernode/apimachinery';
import type { appsV1, coreV1 } from '@kubernode/api';
import { hasOtherController, isLeftBehind, ownersAreRight, rightReferences } from './claim-retention.ts';

type Policy = 'Retain' | 'Delete';

const SET: OwnerReference = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 's', uid: 'set', controller: true, blockOwnerDeletion: true };
const POD: OwnerReference = { apiVersion: 'v1', kind: 'Pod', name: 's-1', uid: 'pod', controller: true, blockOwnerDeletion: true };
const FRIEND: OwnerReference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'friend' };
const RIVAL: OwnerReference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'r', uid: 'rival', controller: true };

function set(whenScaled: Policy, whenDeleted: Policy): appsV1.StatefulSet {
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 's', uid: 'set' }, spec: { persistentVolumeClaimRetentionPolicy: { whenScaled, whenDeleted } } } as appsV1.StatefulSet; // with what matters here
}

function claim(...ownerReferences: OwnerReference[]): coreV1.PersistentVolumeClaim { return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data-s-1', ownerReferences } }; }

const user = (condemned: boolean, uid = 'pod'): { name: string; uid: string; condemned: boolean } => ({ name: 's-1', uid, condemned });

describe.each<[Policy, Policy, boolean, OwnerReference[]]>([
  ['Retain', 'Retain', false, []], ['Retain', 'Retain', true, []],
  ['Retain', 'Delete', false, [SET]], ['Retain', 'Delete', true, [SET]],
  ['Delete', 'Retain', false, []], ['Delete', 'Retain', true, [POD]],
  ['Delete', 'Delete', false, [SET]], ['Delete', 'Delete', true, [POD]],
])('when scaled %s, when deleted %s, condemned %s', (whenScaled, whenDeleted, condemned, want) => {
  const owner = set(whenScaled, whenDeleted);
  test.each<[string, OwnerReference[]]>([['nobody', []], ['the set', [SET]], ['the pod', [POD]], ['both', [SET, POD]]])('from %s', (_name, before) => {
    const others = [FRIEND];
    expect(rightReferences(claim(...others, ...before), owner, user(condemned))).toEqual([...others, ...want]);
    expect(ownersAreRight(claim(...before, ...others), owner, user(condemned))).toBe(JSON.stringify(before) === JSON.stringify(want));
  });
});

test.each<[string, OwnerReference[], boolean, boolean]>([
  ['nobody', [], false, false],
  ['another controller', [RIVAL], true, true], // left alone
  ['another controller beside the set', [RIVAL, SET], true, false],
  ['an earlier set of the name', [{ ...SET, uid: 'old' }], true, true],
  ['an earlier pod of the name', [{ ...POD, uid: 'old' }], true, true],
  ['the set, but not as its controller', [{ ...SET, controller: false }], false, false],
])('of %s', (_name, references, otherController, right) => {
  expect([hasOtherController(claim(...references), set('Retain', 'Delete'), user(false)), ownersAreRight(claim(...references), set('Retain', 'Delete'), user(false))]).toEqual([otherController, right]);
});

test('beside another controller there are no references of ours; to retain, it does not matter', () => {
  expect(rightReferences(claim(RIVAL, SET), set('Retain', 'Delete'), user(false))).toEqual([RIVAL]);
  expect([hasOtherController(claim(RIVAL), set('Retain', 'Retain'), user(false)), ownersAreRight(claim(RIVAL), set('Retain', 'Retain'), user(false))]).toEqual([false, true]);
});

test.each<[string, Policy, OwnerReference[], boolean]>([
  ['of an earlier pod that goes with it', 'Delete', [{ ...POD, uid: 'old' }], true], ['of an earlier pod, retained', 'Retain', [{ ...POD, uid: 'old' }], false], ['of the set', 'Delete', [SET], false],
])('isLeftBehind: a claim %s', (_name, whenScaled, references, want) => { expect(isLeftBehind(claim(...references), set(whenScaled, 'Retain'), user(false, ''))).toBe(want); });
