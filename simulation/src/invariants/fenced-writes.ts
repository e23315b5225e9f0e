import type { RawRequest, RawResponse } from '@kubernode/client';
import type { FakeEtcd } from '@kubernode/testing';

const UNFENCED = /\/leases(\/|$|\?)|\/events(\/|$|\?)/; // the lead itself, and words that change nothing

/**
 * A write of a leader that a server took was made while that leader's fence stood: told of each, says what is wrong. So at most one
 * leader acts, whatever froze or was cut off.
 */
export function fenceFault({ method, path, fence }: RawRequest, { body }: RawResponse, etcd: FakeEtcd): string | undefined {
  if (UNFENCED.test(path)) return undefined;
  if (fence === undefined) return `${method} ${path} was made without a fence`;
  const revision = revisionMadeBy(JSON.parse(body.toString('utf8')) as Answer, etcd); // an object, a Status, or what a collection held before it was deleted, which tells no write
  if (revision === undefined) return undefined;
  const stood = etcd.valueAt(`/registry/kubernode/fences/${fence.namespace}/${fence.lease}`, revision)?.value.toString();
  return stood === `${fence.epoch}/${fence.holder}` ? undefined : `${method} ${path} of ${fence.holder} in epoch ${fence.epoch} was taken while the fence was ${stood ?? 'away'}`;
}

interface Answer { items?: unknown; metadata?: { resourceVersion?: string; deletionTimestamp?: string; finalizers?: readonly string[] } }

/** The revision at which what was answered came to be. Who takes the last finalizer away is shown the object as it was, and made the one at which it went. */
function revisionMadeBy({ items, metadata: { resourceVersion = '0', deletionTimestamp, finalizers = [] } = {} }: Answer, etcd: FakeEtcd): number | undefined {
  const revision = Number(resourceVersion);
  if (items !== undefined || revision === 0) return undefined;
  const [made, ...later] = etcd.eventsAfter(revision - 1);
  if (made?.kv.modRevision !== revision) return undefined;
  if (deletionTimestamp === undefined || finalizers.length > 0) return revision;
  return later.find(({ type, kv }) => type === 'delete' && kv.key === made.kv.key)?.kv.modRevision ?? revision;
}
