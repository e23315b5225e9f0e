import type { WriteOptions } from '@kubernode/storage';
import type { LeaseFence } from '../../pipeline/api-request.ts';

/** Where a held Lease's holder and epoch stand in etcd, apart from the Lease itself, which is renewed all the time. */
const FENCE_PREFIX = '/registry/kubernode/fences/';

/** The key and value that have to be so for a leader's write to happen. */
export function fenceOf(fence: LeaseFence): NonNullable<WriteOptions['fence']> {
  return { key: fenceKey(fence), value: `${fence.epoch}/${fence.holder}` };
}

export function fenceKey({ namespace, lease }: Pick<LeaseFence, 'namespace' | 'lease'>): string {
  return `${FENCE_PREFIX}${namespace}/${lease}`;
}
