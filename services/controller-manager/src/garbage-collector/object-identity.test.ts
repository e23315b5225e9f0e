import { alternateIdentity, identityText, means, partition, type Dependent, type ObjectIdentity } from './object-identity.ts';

const identity = (namespace: string, name = 'o', apiVersion = 'v1', kind = 'Pod'): ObjectIdentity => ({ apiVersion, kind, namespace, name, uid: 'u' });
const dependent = (namespace: string, ...owners: Partial<ObjectIdentity>[]): Dependent => ({ namespace, owners: owners.map((one) => ({ apiVersion: 'v1', kind: 'Pod', name: 'o', uid: 'u', ...one })) });

test('identities read as in events', () => {
  expect(identityText(identity('ns1'))).toBe('[v1/Pod, namespace: ns1, name: o, uid: u]');
});

test.each<[string, Partial<ObjectIdentity>, string, ObjectIdentity, boolean]>([
  ['of the same namespace', {}, 'ns', identity('ns'), true],
  ['of no namespace, from one', {}, 'ns', identity(''), true],
  ['of another namespace', {}, 'other', identity('ns'), false],
  ['of a namespace, from none', {}, '', identity('ns'), false],
  ['by another name', { name: 'p' }, 'ns', identity('ns'), false],
  ['by another version', { apiVersion: 'v2' }, 'ns', identity('ns'), false],
])('a reference to an object %s', (_title, reference, namespace, to, want) => {
  expect(means({ apiVersion: 'v1', kind: 'Pod', name: 'o', uid: 'u', ...reference }, namespace, to)).toBe(want);
});

test('partition tells who means an object, and who something else by its uid', () => {
  const good = dependent('ns', {}, { uid: 'other' });
  const bad = dependent('ns2', {});
  const both = dependent('ns', {}, { name: 'p' });
  expect(partition([good, bad, both, dependent('ns', { uid: 'other' })], identity('ns'))).toEqual({ matching: [good, both], nonmatching: [bad, both] });
});

test.each<[string, Dependent[], ObjectIdentity, ObjectIdentity | undefined]>([
  ['nothing else', [dependent('ns', {})], identity('ns'), undefined],
  ['the next in order', [dependent('ns', { name: 'a' }, { name: 'q' }, { name: 'z' })], identity('ns'), identity('ns', 'q')],
  ['the first after the last', [dependent('ns', { name: 'a' }, { name: 'b' })], identity('ns'), identity('ns', 'a')],
  ['the same in another namespace', [dependent('ns2', {})], identity('ns1'), identity('ns2')],
  ['nothing in a namespace for a kind that is in none', [dependent('ns', { name: 'p' })], identity(''), identity('', 'p')],
])('alternateIdentity gives %s', (_title, dependents, absent, want) => { expect(alternateIdentity(dependents, absent)).toEqual(want); });
