import { encodeProtobuf } from './protobuf.ts';
import { strategies } from './strategies.ts';
import { storedValueReader } from './stored-values.ts';

const lease = { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name: 'x', namespace: 'a' }, spec: { holderIdentity: 'me', leaseDurationSeconds: 15 } };
const readLease = storedValueReader({ group: 'coordination.k8s.io', version: 'v1', kind: 'Lease' }, undefined);
const protobufOf = (object: object): Buffer => encodeProtobuf(object) ?? Buffer.alloc(0);

describe('storedValueReader', () => {
  test.each([
    ['protobuf', protobufOf(lease)],
    ['protobuf of a version that is not served', Buffer.from(protobufOf(lease).toString('latin1').replace('coordination.k8s.io/v1', 'coordination.k8s.io/v0'), 'latin1')],
    ['JSON with a line break at its end', Buffer.from(`${JSON.stringify(lease)}\n`)],
    ['JSON in another order', Buffer.from(JSON.stringify({ spec: lease.spec, metadata: lease.metadata, apiVersion: lease.apiVersion, kind: lease.kind }))],
  ])('reads %s', (_, value) => {
    expect(readLease(value, '').toString()).toBe(JSON.stringify(lease));
  });

  test('leaves out the empty texts and zeros that protobuf always has', () => {
    expect(readLease(protobufOf({ ...lease, metadata: { ...lease.metadata, generateName: '', selfLink: '', generation: 0 } }), '').toString()).toBe(JSON.stringify(lease));
  });

  test('gives the defaults that are never stored', () => {
    const job = { kind: 'Job', apiVersion: 'batch/v1', metadata: { name: 'j' }, spec: { template: { metadata: { labels: { a: 'b' } }, spec: { containers: [], restartPolicy: 'Never' } } } };
    const read = JSON.parse(storedValueReader({ group: 'batch', version: 'v1', kind: 'Job' }, strategies.get('jobs.batch')?.defaults)(protobufOf(job), '').toString()) as typeof job & { metadata: { labels: unknown } }; // as written
    expect(read.metadata.labels).toEqual({ a: 'b' });
  });

  test('drops what earlier releases stored by mistake', () => {
    const service = { kind: 'Service', apiVersion: 'v1', metadata: { name: 's' }, spec: { type: 'ExternalName', externalName: 'a.example', internalTrafficPolicy: 'Cluster' } };
    const read = JSON.parse(storedValueReader({ group: '', version: 'v1', kind: 'Service' }, strategies.get('services')?.defaults)(protobufOf(service), '').toString()) as typeof service; // as written
    expect(read.spec).toEqual({ type: 'ExternalName', externalName: 'a.example', sessionAffinity: 'None' });
  });

  test.each([
    ['a kind without a message', Buffer.concat([Buffer.from('k8s\0'), Buffer.from('0a0c0a02763112064e6f74686e671200', 'hex')])],
    ['another kind', protobufOf({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'x' } })],
    ['text', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
  ])('throws on %s', (_, value) => {
    expect(() => readLease(value, '')).toThrow();
  });
});
