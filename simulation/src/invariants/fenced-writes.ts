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
  const answer = JSON.parse(body.toString('utf8')) as { items?: unknown; metadata?: { resourceVersion?: string } }; // an object, a Status, or what a collection held before it was deleted, which tells no write
  const revision = answer.items === undefined ? Number(answer.metadata?.resourceVersion ?? 0) : 0;
  if (revision === 0 || etcd.eventsAfter(revision - 1)[0]?.kv.modRevision !== revision) return undefined;
  const stood = etcd.valueAt(`/registry/kubernode/fences/${fence.namespace}/${fence.lease}`, revision)?.value.toString();
  return stood === `${fence.epoch}/${fence.holder}` ? undefined : `${method} ${path} of ${fence.holder} in epoch ${fence.epoch} was taken while the fence was ${stood ?? 'away'}`;
}
