import { judge, type OwnerState, type Verdict } from './judge.ts';

const owner = (uid: string): { apiVersion: string; kind: string; name: string; uid: string } => ({ apiVersion: 'v1', kind: 'ConfigMap', name: uid, uid });

test.each<[string, Record<string, OwnerState>, boolean, string[], Verdict]>([
  ['without owners', {}, true, [], { action: 'none' }],
  ['with all owners', { a: 'solid', b: 'solid' }, false, [], { action: 'none' }],
  ['with one of two owners', { a: 'solid', b: 'absent' }, false, [], { action: 'drop-owners', uids: ['b'] }],
  ['with an owner, and one that waits for it', { a: 'solid', b: 'waiting' }, false, [], { action: 'drop-owners', uids: ['b'] }],
  ['with no owner', { a: 'absent', b: 'absent' }, true, [], { action: 'delete', policy: 'Background' }],
  ['with dependents, whose owner waits', { a: 'absent', b: 'waiting' }, true, [], { action: 'delete', policy: 'Foreground' }],
  ['without dependents, whose owner waits', { a: 'waiting', b: 'absent' }, false, [], { action: 'delete', policy: 'Background' }],
  ['that shall let its dependents go', { a: 'absent' }, false, ['orphan', 'x'], { action: 'delete', policy: 'Orphan' }],
  ['that shall go after its dependents', { a: 'absent' }, false, ['foregroundDeletion'], { action: 'delete', policy: 'Foreground' }],
])('judge an object %s', (_title, states, hasDependents, finalizers, want) => {
  const metadata = { name: 'x', ownerReferences: Object.keys(states).map(owner), finalizers };
  expect(judge(metadata, ({ uid }) => states[uid] ?? 'solid', hasDependents)).toEqual(want);
});
