import type { coreV1 } from '@kubernode/api';
import { quantityToNumber } from '@kubernode/apimachinery';

const RESOURCES = ['cpu', 'memory'] as const;

/** How hard a node defends a pod when it runs out: Guaranteed, Burstable or BestEffort. */
export function podQosClass(spec: coreV1.PodSpec | undefined): string {
  const containers = [...spec?.containers ?? [], ...spec?.initContainers ?? []];
  const resources = spec?.resources === undefined ? containers.map(({ resources: one }) => one ?? {}) : [spec.resources];
  let any = false;
  let guaranteed = resources.length > 0;
  for (const { requests = {}, limits = {} } of resources) {
    for (const name of RESOURCES) {
      const request = numberOf(requests[name]);
      const limit = numberOf(limits[name]);
      if (request > 0 || limit > 0) any = true;
      if (limit <= 0 || (request > 0 && request !== limit)) guaranteed = false;
    }
  }
  return !any ? 'BestEffort' : guaranteed ? 'Guaranteed' : 'Burstable';
}

function numberOf(quantity: unknown): number {
  return quantity === undefined || quantity === null ? 0 : quantityToNumber(String(quantity));
}
