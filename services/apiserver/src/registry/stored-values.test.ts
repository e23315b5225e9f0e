import { encodeProtobuf } from './protobuf.ts';
import { canonicalStoredValue } from './stored-values.ts';

const lease = { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name: 'x', namespace: 'a' }, spec: { holderIdentity: 'me', leaseDurationSeconds: 15 } };

describe('canonicalStoredValue', () => {
  test.each([
    ['protobuf', encodeProtobuf(lease) ?? Buffer.alloc(0)],
    ['JSON with a line break at its end', Buffer.from(`${JSON.stringify(lease)}\n`)],
    ['JSON in another order', Buffer.from(JSON.stringify({ spec: lease.spec, metadata: lease.metadata, apiVersion: lease.apiVersion, kind: lease.kind }))],
  ])('reads %s', (_, value) => {
    expect(canonicalStoredValue(value).toString()).toBe(JSON.stringify(lease));
  });

  test.each([
    ['a kind without a message', Buffer.concat([Buffer.from('k8s\0'), Buffer.from('0a0c0a02763112064e6f74686e671200', 'hex')])],
    ['text', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
  ])('throws on %s, so that it is left out and counted', (_, value) => {
    expect(() => canonicalStoredValue(value)).toThrow();
  });
});
