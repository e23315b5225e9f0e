import { formatTime } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';

/** What is left of a namespace's content, resource by resource. */
export interface Remaining {
  discoveryFailures: readonly string[];
  deletionFailures: readonly string[];
  /** `configmaps.` and `deployments.apps` → how many. */
  instances: ReadonlyMap<string, number>;
  finalizers: ReadonlyMap<string, number>;
}

/** A namespace's conditions while it is being deleted, in Kubernetes' words. */
export function deletionConditions({ discoveryFailures, deletionFailures, instances, finalizers }: Remaining, before: readonly coreV1.NamespaceCondition[], nowMs: number): coreV1.NamespaceCondition[] {
  const wanted = [
    discoveryFailures.length === 0
      ? bad(false, 'NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered')
      : bad(true, 'NamespaceDeletionDiscoveryFailure', 'DiscoveryFailed', `Discovery failed for some groups, ${discoveryFailures.length} failing: ${discoveryFailures.join(', ')}`),
    bad(false, 'NamespaceDeletionGroupVersionParsingFailure', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'),
    deletionFailures.length === 0
      ? bad(false, 'NamespaceDeletionContentFailure', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization')
      : bad(true, 'NamespaceDeletionContentFailure', 'ContentDeletionFailed', `Failed to delete all resource types, ${deletionFailures.length} remaining: ${[...deletionFailures].sort().join(', ')}`),
    instances.size === 0
      ? bad(false, 'NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed')
      : bad(true, 'NamespaceContentRemaining', 'SomeResourcesRemain', `Some resources are remaining: ${counted(instances, 'has')}`),
    finalizers.size === 0
      ? bad(false, 'NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished')
      : bad(true, 'NamespaceFinalizersRemaining', 'SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${counted(finalizers, 'in')}`),
  ];
  return wanted.map((one) => {
    const known = before.find(({ type }) => type === one.type);
    const kept = known?.status === one.status ? known.lastTransitionTime : undefined;
    return { ...one, lastTransitionTime: kept ?? formatTime(nowMs) };
  });
}

function bad(status: boolean, type: string, reason: string, message: string): Omit<coreV1.NamespaceCondition, 'lastTransitionTime'> & { status: string } {
  return { type, status: status ? 'True' : 'False', reason, message };
}

function counted(counts: ReadonlyMap<string, number>, word: string): string {
  return [...counts].map(([name, count]) => `${name} ${word} ${count} resource instances`).sort().join(', ');
}
