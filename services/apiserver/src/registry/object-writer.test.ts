import { seededRng } from '@kubernode/base';
import type { GroupVersionKind, KubeObject } from '@kubernode/apimachinery';
import { createFakeClock, createMemoryStorage, type FakeClock, type MemoryStorage } from '@kubernode/testing';
import type { ObjectWriter } from '../endpoints/endpoint.ts';
import { createObjectWriter } from './object-writer.ts';
import { servedKind } from './served-kind.fixture.ts';

const GROUP = 'flowcontrol.apiserver.k8s.io';
const SCHEMA = { group: GROUP, version: 'v1', kind: 'FlowSchema' };
const SCHEMAS = { group: GROUP, resource: 'flowschemas' };
const KEY = { namespace: '', name: 's' };
const spec = { priorityLevelConfiguration: { name: 'l' }, rules: [{ subjects: [{ kind: 'Group', group: { name: 'g' } }], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] }] };
const schema: KubeObject = { kind: 'FlowSchema', apiVersion: `${GROUP}/v1`, metadata: { name: 's' }, spec };
const dangling = { type: 'Dangling', status: 'False', reason: 'Found', message: 'm', lastTransitionTime: '1970-01-01T00:00:00Z' };

async function writerOf(memory: MemoryStorage, kind: GroupVersionKind, clock: FakeClock = createFakeClock()): Promise<ObjectWriter> {
  const served = await servedKind(memory, kind);
  return createObjectWriter({ servedOf: () => served, clock, rng: seededRng(1) });
}

/** Who owns what: `manager operation subresource` → the fields' names. */
const owners = ({ metadata: { managedFields = [] } }: KubeObject): Record<string, string[]> => Object.fromEntries(managedFields.map(({ manager = '', operation = '', subresource = '', fieldsV1 }) => [`${manager} ${operation} ${subresource}`.trim(), Object.keys(fieldsV1 ?? {})]));

describe('what the server writes by itself', () => {
  test('gets defaults, what its kind prepares, and managedFields of kube-apiserver', async () => {
    await using memory = createMemoryStorage();
    const writer = await writerOf(memory, { group: '', version: 'v1', kind: 'Namespace' });
    const given = { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'n' } };
    const created = await writer.create<KubeObject>({ group: '', resource: 'namespaces' }, given);
    expect(created).toMatchObject({ metadata: { labels: { 'kubernetes.io/metadata.name': 'n' }, uid: expect.any(String) }, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
    expect(owners(created)).toEqual({ 'kube-apiserver Update': ['f:metadata'] });
    expect(given).toEqual({ kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'n' } });
  });

  test('names the part of the server that wrote it; a status is what its kind begins with', async () => {
    await using memory = createMemoryStorage();
    const writer = await writerOf(memory, SCHEMA);
    const created = await writer.create<KubeObject>(SCHEMAS, { ...schema, status: { conditions: [dangling] } }, { manager: 'producer' });
    expect(created).toMatchObject({ metadata: { generation: 1 }, spec: { matchingPrecedence: 1000 }, status: {} });
    expect([created['status'], owners(created)]).toEqual([{}, { 'producer Update': ['f:spec'] }]);
  });

  test('a write of the status leaves all else, one of the object its status, and either is an entry of its own', async () => {
    await using memory = createMemoryStorage();
    const writer = await writerOf(memory, SCHEMA);
    await writer.create<KubeObject>(SCHEMAS, schema);
    const told = await writer.update<KubeObject>(SCHEMAS, KEY, (current) => ({ ...current, spec: {}, status: { conditions: [dangling] } }), { subresource: 'status' });
    expect(told).toMatchObject({ metadata: { generation: 1 }, spec: { matchingPrecedence: 1000 }, status: { conditions: [dangling] } });
    const changed = await writer.update<KubeObject>(SCHEMAS, KEY, (current) => ({ ...current, spec: { ...spec, matchingPrecedence: 7 }, status: {} }), { manager: 'other' });
    expect(changed).toMatchObject({ metadata: { generation: 2 }, spec: { matchingPrecedence: 7 }, status: { conditions: [dangling] } });
    expect(owners(changed)).toEqual({ 'kube-apiserver Update': ['f:spec'], 'kube-apiserver Update status': ['f:status'], 'other Update': ['f:spec'] });
  });

  test('what says the same is not written again', async () => {
    await using memory = createMemoryStorage();
    const clock = createFakeClock();
    const writer = await writerOf(memory, SCHEMA, clock);
    const created = await writer.create<KubeObject>(SCHEMAS, schema);
    await clock.advance(60_000);
    const { matchingPrecedence: _byDefault, ...leaner } = created['spec'] as Record<string, unknown>; // as it was written above
    const same = await writer.update<KubeObject>(SCHEMAS, KEY, (current) => ({ ...current, spec: leaner }));
    expect(same.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
  });

  test('applied fields are taken from whoever had them, the others stay', async () => {
    await using memory = createMemoryStorage();
    const writer = await writerOf(memory, SCHEMA);
    await writer.create<KubeObject>(SCHEMAS, schema);
    await writer.update<KubeObject>(SCHEMAS, KEY, (current) => ({ ...current, status: { conditions: [{ ...dangling, reason: 'Old' }, { ...dangling, type: 'Other' }] } }), { subresource: 'status' });
    const applied = await writer.apply(SCHEMAS, KEY, { status: { conditions: [dangling] } }, { manager: 'consumer', subresource: 'status' });
    expect(applied['status']).toEqual({ conditions: [dangling, { ...dangling, type: 'Other' }] });
    expect(owners(applied)['consumer Apply status']).toEqual(['f:status']);
    await expect(writer.apply(SCHEMAS, { namespace: '', name: 'none' }, {})).rejects.toMatchObject({ code: 404 });
  });
});
