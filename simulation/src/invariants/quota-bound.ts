import type { History, Version } from '../history/history.ts';
import type { Invariant } from './invariant.ts';

/** No pod is let in beyond a quota. */
export function quotaBound(): Invariant {
  return {
    name: 'quota is never exceeded',
    observe({ resource, object, previous }: Version, history: History) {
      if (resource !== 'pods' || object === undefined || previous !== undefined) return undefined;
      const namespace = object.metadata.namespace ?? '';
      for (const quota of history.all('resourcequotas')) {
        const hard = (quota.spec?.['hard'] as { pods?: string } | undefined)?.pods; // a ResourceQuota
        if (quota.metadata.namespace !== namespace || hard === undefined) continue;
        const used = [...history.all('pods')].filter((pod) => pod.metadata.namespace === namespace && pod.status?.['phase'] !== 'Succeeded' && pod.status?.['phase'] !== 'Failed').length;
        if (used > Number(hard)) return `${used} pods in ${namespace}, where ${hard} are allowed`;
      }
      return undefined;
    },
  };
}
