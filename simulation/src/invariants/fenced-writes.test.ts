import type { RawRequest, RawResponse } from '@kubernode/client';
import { createFakeClock, FakeEtcd } from '@kubernode/testing';
import { fenceFault } from './fenced-writes.ts';

const FENCE = '/registry/kubernode/fences/kube-system/l';
const patch = (epoch: number): RawRequest => ({ method: 'PATCH', path: '/apis/apps/v1/namespaces/n/daemonsets/d', fence: { namespace: 'kube-system', lease: 'l', holder: 'a', epoch } });
const answer = (metadata: object): RawResponse => ({ body: Buffer.from(JSON.stringify({ metadata })) }) as RawResponse; // all that is looked at

async function etcdWith(): Promise<{ etcd: FakeEtcd; put(key: string, value: string): Promise<string>; remove(key: string): Promise<string> }> {
  const etcd = new FakeEtcd({ clock: createFakeClock() });
  const put = async (key: string, value: string): Promise<string> => String((await etcd.txn({ compare: [], success: [{ kind: 'put', key, value: Buffer.from(value) }], failure: [] })).revision);
  const remove = async (key: string): Promise<string> => String((await etcd.txn({ compare: [], success: [{ kind: 'delete', key }], failure: [] })).revision);
  await put(FENCE, '5/a');
  return { etcd, put, remove };
}

test('a write counts at its own revision: as wrong where another fence stood', async () => {
  const { etcd, put } = await etcdWith();
  const resourceVersion = await put('/registry/daemonsets/n/d', '{}');
  await put(FENCE, '6/a');
  expect(fenceFault(patch(5), answer({ resourceVersion }), etcd)).toBeUndefined();
  expect(fenceFault(patch(6), answer({ resourceVersion }), etcd)).toContain('of a in epoch 6 was taken while the fence was 5/a');
});

test('the last finalizer goes at the revision of the deletion, not at that of the object as it was', async () => {
  const { etcd, put, remove } = await etcdWith();
  const resourceVersion = await put('/registry/daemonsets/n/d', '{}');
  await put(FENCE, '6/a');
  await remove('/registry/daemonsets/n/d');
  const gone = answer({ resourceVersion, deletionTimestamp: '2026-01-01T00:00:00Z' });
  expect(fenceFault(patch(6), gone, etcd)).toBeUndefined();
  expect(fenceFault(patch(5), gone, etcd)).toContain('in epoch 5 was taken while the fence was 6/a');
});
