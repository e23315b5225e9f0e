import type { History, Stored, Version } from '../history/history.ts';
import type { Invariant } from './invariant.ts';

/** No pod is let in beyond a quota. */
export function quotaBound(): Invariant {
  const deletedAtMs = new Map<string, number>(); // by uid: since when a pod is to go
  /** As Kubernetes counts: a pod whose time to end is over twice, because its node is lost, does not stand in the way of its successor. */
  const isCounted = ({ metadata: { uid = '', deletionGracePeriodSeconds: grace = 0 }, status }: Stored, atMs: number): boolean =>
    status?.['phase'] !== 'Succeeded' && status?.['phase'] !== 'Failed' && atMs <= (deletedAtMs.get(uid) ?? Infinity) + 2 * grace * 1000;
  return {
    name: 'quota is never exceeded',
    observe({ resource, object, previous, atMs }: Version, history: History) {
      if (resource !== 'pods' || object === undefined) return undefined;
      const { uid = '', deletionTimestamp } = object.metadata;
      if (deletionTimestamp !== undefined && !deletedAtMs.has(uid)) deletedAtMs.set(uid, atMs);
      if (previous !== undefined) return undefined;
      const namespace = object.metadata.namespace ?? '';
      for (const quota of history.all('resourcequotas')) {
        const hard = (quota.spec?.['hard'] as { pods?: string } | undefined)?.pods; // a ResourceQuota
        if (quota.metadata.namespace !== namespace || hard === undefined) continue;
        const used = [...history.all('pods')].filter((pod) => pod.metadata.namespace === namespace && isCounted(pod, atMs)).length;
        if (used > Number(hard)) return `${used} pods in ${namespace}, where ${hard} are allowed`;
      }
      return undefined;
    },
  };
}
