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
  for (const revision of writtenRevisions(body)) {
    if (etcd.eventsAfter(revision - 1)[0]?.kv.modRevision !== revision) continue;
    const stood = etcd.valueAt(`/registry/kubernode/fences/${fence.namespace}/${fence.lease}`, revision)?.value.toString();
    if (stood !== `${fence.epoch}/${fence.holder}`) return `${method} ${path} of ${fence.holder} in epoch ${fence.epoch} was taken while the fence was ${stood ?? 'away'}`;
  }
  return undefined;
}

interface Written { metadata?: { resourceVersion?: string } }

/** Of a collection that was deleted, those of what was in it: its own is that of a list, which nobody may have written. */
function writtenRevisions(body: Buffer): number[] {
  const answer = JSON.parse(body.toString('utf8')) as Written & { items?: readonly Written[] }; // an object, a list of them, or a Status
  return (answer.items ?? [answer]).map(({ metadata }) => Number(metadata?.resourceVersion ?? 0)).filter((revision) => revision > 0);
}
