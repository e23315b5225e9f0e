import { prefixRangeEnd, type EtcdClient, type EtcdMember, type ObservedMember } from '@kubernode/rpc';

/**
 * Marks of members that are being defragmented. One whose file could not be rewritten keeps its mark: etcd 3.4 ends itself then (its disk has no
 * room for the copy), and would at every round. It is tried again when the mark has ended.
 */
export interface DefragmentTrials {
  /** Those that have no mark. */
  untried(order: readonly ObservedMember[], signal: AbortSignal): Promise<ObservedMember[]>;
  begin(member: EtcdMember, signal: AbortSignal): Promise<void>;
  /** It went well: the mark goes. */
  end(member: EtcdMember, signal: AbortSignal): Promise<void>;
}

const PREFIX = '/registry/kubernode/etcd-maintenance-trials/';
const MARK_SECONDS = 3600;

export function createDefragmentTrials(etcd: EtcdClient): DefragmentTrials {
  return {
    async untried(order, signal) {
      const { kvs } = await etcd.range({ key: PREFIX, rangeEnd: prefixRangeEnd(PREFIX), keysOnly: true }, { signal });
      const marked = new Set(kvs.map(({ key }) => key));
      return order.filter(({ member }) => !marked.has(keyOf(member)));
    },
    async begin(member, signal) {
      const { id: lease } = await etcd.grantLease(MARK_SECONDS, { signal });
      await etcd.put({ key: keyOf(member), value: Buffer.from(member.name), lease }, { signal });
    },
    async end(member, signal) {
      const { kvs: [mark] } = await etcd.range({ key: keyOf(member), keysOnly: true }, { signal });
      if (mark !== undefined && mark.lease !== 0n) await etcd.revokeLease(mark.lease, { signal });
    },
  };
}

function keyOf({ id }: EtcdMember): string { return `${PREFIX}${id.toString(16)}`; }
