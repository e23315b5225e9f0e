import { formatTime } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { discoveryFault } from '../discovered-resources.ts';

/** What is left of a namespace's content, resource by resource. */
export interface Remaining {
  /** Groups that could not be asked what they have. */
  stale: readonly string[];
  deletionFailures: readonly string[];
  /** `configmaps.` and `deployments.apps` → how many. */
  instances: ReadonlyMap<string, number>;
  finalizers: ReadonlyMap<string, number>;
}

type Condition = coreV1.NamespaceCondition;

/** A namespace's conditions while it is being deleted, in Kubernetes' words; those it has of other types stay as they are. */
export function deletionConditions(remaining: Remaining, before: readonly Condition[], nowMs: number): Condition[] {
  const wanted = wantedConditions(remaining);
  const updated = before.map((known) => {
    const now = wanted.find(({ type }) => type === known.type);
    return now === undefined ? known : { ...known, ...now, ...(known.status !== now.status && { lastTransitionTime: formatTime(nowMs) }) };
  });
  const added = wanted.filter(({ type }) => !before.some((known) => known.type === type));
  return [...updated, ...added.map((one) => ({ ...one, lastTransitionTime: formatTime(nowMs) }))];
}

function wantedConditions({ stale, deletionFailures, instances, finalizers }: Remaining): Condition[] {
  return [
    stale.length === 0
      ? fine('NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered')
      : bad('NamespaceDeletionDiscoveryFailure', 'DiscoveryFailed', `Discovery failed for some groups, ${stale.length} failing: ${discoveryFault(stale)}`),
    fine('NamespaceDeletionGroupVersionParsingFailure', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'),
    deletionFailures.length === 0
      ? fine('NamespaceDeletionContentFailure', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization')
      : bad('NamespaceDeletionContentFailure', 'ContentDeletionFailed', `Failed to delete all resource types, ${deletionFailures.length} remaining: ${[...deletionFailures].sort().join(', ')}`),
    instances.size === 0
      ? fine('NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed')
      : bad('NamespaceContentRemaining', 'SomeResourcesRemain', `Some resources are remaining: ${counted(instances, 'has')}`),
    finalizers.size === 0
      ? fine('NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished')
      : bad('NamespaceFinalizersRemaining', 'SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${counted(finalizers, 'in')}`),
  ];
}

function fine(type: string, reason: string, message: string): Condition { return { type, status: 'False', reason, message }; }

function bad(type: string, reason: string, message: string): Condition { return { type, status: 'True', reason, message }; }

function counted(counts: ReadonlyMap<string, number>, word: string): string {
  return [...counts].map(([name, count]) => `${name} ${word} ${count} resource instances`).sort().join(', ');
}
