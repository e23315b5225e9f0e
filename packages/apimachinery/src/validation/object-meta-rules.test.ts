import type { ObjectMeta } from '../meta/object-meta.ts';
import { formatFieldErrors } from './field-error.ts';
import { validateFieldManager, validateObjectMeta, validateObjectMetaUpdate } from './object-meta-rules.ts';
import { dnsSubdomainName, pathSegmentName, portNameFaults, subdomainFaults } from './name-rules.ts';
import { validateLabelSelector } from './label-selector-rules.ts';

const SUBDOMAIN = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const faultsOf = (meta: Partial<ObjectMeta>): string => formatFieldErrors(validateObjectMeta({ name: 'a', namespace: 'b', ...meta }, { namespaced: true, validateName: dnsSubdomainName }));

describe('validateObjectMeta', () => {
  test.each<[Partial<ObjectMeta>, string]>([
    [{}, '[]'],
    [{ name: '' }, 'metadata.name: Required value: name or generateName is required'],
    [{ name: 'Bad' }, `metadata.name: Invalid value: "Bad": ${SUBDOMAIN}`],
    [{ namespace: '' }, 'metadata.namespace: Required value'],
    [{ generation: -1 }, 'metadata.generation: Invalid value: -1: must be greater than or equal to 0'],
    [{ finalizers: ['orphan', 'foregroundDeletion'] }, 'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set'],
    [{ finalizers: ['plain', 'kubernetes', 'a.b/c'] }, 'metadata.finalizers[0]: Invalid value: "plain": name is neither a standard finalizer name nor is it fully qualified'],
    [{ annotations: { Key: 'x'.repeat(256 * 1024) } }, 'metadata.annotations: Too long: may not be more than 262144 bytes'],
    [{ ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'e', uid: 'u' }] }, 'metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"e","uid":"u"}: /v1, Kind=Event is disallowed from being an owner'],
    [{ ownerReferences: [{ apiVersion: '', kind: 'A', name: 'e', uid: '' }] }, '[metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty, metadata.ownerReferences.uid: Invalid value: "": must not be empty]'],
    [{ managedFields: [{ operation: 'Write', fieldsType: 'V2' }] }, '[metadata.managedFields[0].operation: Invalid value: "Write": must be `Apply` or `Update`, metadata.managedFields[0].fieldsType: Invalid value: "V2": must be `FieldsV1`]'],
  ])('%j', (meta, expected) => {
    expect(faultsOf(meta)).toBe(expected);
  });

  test('two controllers', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true };
    expect(faultsOf({ ownerReferences: [owner, { ...owner, name: 's' }] })).toContain('Only one reference can have Controller set to true. Found "true" in references for ReplicaSet/r and ReplicaSet/s');
  });
});

describe('validateObjectMetaUpdate', () => {
  const old: Partial<ObjectMeta> = { name: 'a', namespace: 'b', uid: 'u', resourceVersion: '1', generation: 2 };
  test.each<[Partial<ObjectMeta>, string]>([
    [{}, '[]'],
    [{ resourceVersion: '' }, 'metadata.resourceVersion: Invalid value: "": must be specified for an update'],
    [{ uid: 'v' }, 'metadata.uid: Invalid value: "v": field is immutable'],
    [{ generation: 1 }, 'metadata.generation: Invalid value: 1: must not be decremented'],
    [{ deletionGracePeriodSeconds: 5 }, 'metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable'],
  ])('%j', (change, expected) => {
    expect(formatFieldErrors(validateObjectMetaUpdate({ ...old, ...change }, old))).toBe(expected);
  });

  test('finalizers cannot be added to what is being deleted', () => {
    const dying = { ...old, deletionTimestamp: '2024-01-01T00:00:00Z', finalizers: ['a/b'] };
    expect(formatFieldErrors(validateObjectMetaUpdate({ ...dying, finalizers: ['a/b', 'x/y', 'c/d'] }, dying))).toBe('metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"c/d", "x/y"}');
  });
});

test('validateLabelSelector knows what each operator takes', () => {
  const errors = validateLabelSelector({ matchLabels: { a: '-' }, matchExpressions: [{ key: 'k', operator: 'In' }, { key: 'k', operator: 'Exists', values: ['v'] }, { key: 'k', operator: 'Like' }] }, 'spec.selector');
  expect(errors.map(({ field, reason }) => `${field} ${reason}`)).toEqual([
    'spec.selector.matchLabels FieldValueInvalid', 'spec.selector.matchExpressions[0].values FieldValueRequired', 'spec.selector.matchExpressions[1].values FieldValueForbidden', 'spec.selector.matchExpressions[2].operator FieldValueInvalid',
  ]);
});

test('validateFieldManager counts bytes and shows the character', () => {
  expect(formatFieldErrors(validateFieldManager('é\n', 'fieldManager'))).toBe('fieldManager: Invalid value: "é\\n": invalid character U+000A (at position 2)');
});

test.each([
  [dnsSubdomainName('a-', true), []], [pathSegmentName('..'), ["may not be '..'"]], [pathSegmentName('a/b%'), ["may not contain '/'", "may not contain '%'"]], [pathSegmentName('..', true), []],
  [subdomainFaults('a'.repeat(254)), ['must be no more than 253 characters']], [portNameFaults('-'), ['must contain at least one letter (a-z)', 'must not begin or end with a hyphen']],
])('names %#', (faults, expected) => {
  expect(faults).toEqual(expected);
});
