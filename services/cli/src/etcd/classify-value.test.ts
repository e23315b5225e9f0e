import { classifyValue, type StoredValue } from './classify-value.ts';

const protobuf = (apiVersion: string, kind: string): Buffer => {
  const text = (field: number, value: string): Buffer => Buffer.concat([Buffer.from([field << 3 | 2, value.length]), Buffer.from(value)]);
  const type = Buffer.concat([text(1, apiVersion), text(2, kind)]);
  return Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x0a, type.length]), type, Buffer.from([0x12, 0x00])]);
};

test.each<[string, string, string | Buffer, StoredValue]>([
  ['JSON', '/registry/pods/a/b', '{"apiVersion":"v1","kind":"Pod"}', { form: 'json', apiVersion: 'v1', kind: 'Pod' }],
  ['protobuf', '/registry/deployments/a/b', protobuf('apps/v1', 'Deployment'), { form: 'protobuf', apiVersion: 'apps/v1', kind: 'Deployment' }],
  ['a value under a local key', '/registry/secrets/a/b', 'k8s:enc:aescbc:v1:key1:\u0001\u0002', { form: 'encrypted', provider: 'aescbc', keyName: 'key1' }],
  ['a value under a plugin', '/registry/secrets/a/b', 'k8s:enc:kms:v2:vault:\u0001', { form: 'encrypted', provider: 'kms/v2', keyName: 'vault' }],
  ['what compaction is agreed by', 'compact_rev_key', '1234', { form: 'bookkeeping' }],
  ['protobuf that is cut off', '/registry/pods/a/b', protobuf('v1', 'Pod').subarray(0, 9), expect.objectContaining({ form: 'unreadable' }) as StoredValue],
  ['JSON that is cut off', '/registry/pods/a/b', '{"apiVersion":"v1"', expect.objectContaining({ form: 'unreadable' }) as StoredValue],
  ['an object without a kind', '/registry/pods/a/b', '{"apiVersion":"v1"}', { form: 'unreadable', why: 'it begins as JSON: it has no kind or no apiVersion' }],
  ['a number', '/registry/x', '12', { form: 'unreadable', why: 'it is JSON and no object' }],
  ['nothing', '/registry/x', '', expect.objectContaining({ form: 'unreadable' }) as StoredValue],
  ['bytes', '/registry/x', Buffer.from([1, 2, 3]), { form: 'unreadable', why: "it is neither JSON nor Kubernetes' protobuf, nor encrypted in a way that is known" }],
])('%s is told from outside', (_, key, value, expected) => {
  expect(classifyValue({ key, value: Buffer.from(value) })).toEqual(expected);
});
