import type { Stored } from '../history/history.ts';

/** A pod as those see it who decide which one goes. */
export interface PodFacts {
  uid: string;
  name: string;
  /** Where it is, or is to be. */
  node: string;
  revision: string;
  isReady: boolean;
  isGoing: boolean;
  isEnded: boolean;
  /** Somebody else wants it away: an eviction, a taint. */
  isDisrupted: boolean;
}

/** Those of one owner, by uid. */
export type Pods = ReadonlyMap<string, PodFacts>;

export function podFacts({ metadata, spec, status }: Stored): PodFacts {
  const conditions = status?.['conditions'] as { type: string; status: string }[] | undefined ?? []; // a Pod
  const holds = (wanted: string): boolean => conditions.some(({ type, status: value }) => type === wanted && value === 'True');
  return {
    uid: metadata.uid ?? '', name: metadata.name, node: String(spec?.['nodeName'] ?? pinnedTo(spec)), revision: metadata.labels?.['controller-revision-hash'] ?? '',
    isReady: holds('Ready'), isGoing: metadata.deletionTimestamp !== undefined, isEnded: status?.['phase'] === 'Succeeded' || status?.['phase'] === 'Failed', isDisrupted: holds('DisruptionTarget'),
  };
}

interface Affinity { nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: { matchFields?: { values?: string[] }[] }[] } } }

/** A daemon tells by its affinity which node it is made for. */
function pinnedTo(spec: Stored['spec']): string {
  return (spec?.['affinity'] as Affinity | undefined)?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0] ?? ''; // a Pod's
}

/** Whether it counts for an owner that wants so many. */
export function isActive({ isGoing, isEnded }: PodFacts): boolean { return !isGoing && !isEnded; }

export function isAvailable(pod: PodFacts): boolean { return pod.isReady && isActive(pod); }
