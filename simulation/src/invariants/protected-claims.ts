import type { History, Stored, Version } from '../history/history.ts';
import type { Invariant } from './invariant.ts';

/** No claim vanishes under a pod that had a node before the claim was to go. Pods that come to a node later know that it goes. */
export function protectedClaims(): Invariant {
  const boundAt = new Map<string, number>(); // by uid of the pod: the revision at which it got its node
  const goingAt = new Map<string, number>(); // by uid of the claim
  return {
    name: 'claims outlive the pods that use them',
    observe({ resource, object, previous, revision }: Version, history: History) {
      const uid = (object ?? previous)?.metadata.uid ?? '';
      if (resource === 'pods') {
        if (object === undefined) boundAt.delete(uid); else if (object.spec?.['nodeName'] !== undefined && !boundAt.has(uid)) boundAt.set(uid, revision);
      }
      if (resource !== 'persistentvolumeclaims') return undefined;
      if (object?.metadata.deletionTimestamp !== undefined && !goingAt.has(uid)) goingAt.set(uid, revision);
      if (object !== undefined || previous === undefined) return undefined;
      const user = podsOf(previous, history).find(({ metadata }) => (boundAt.get(metadata.uid ?? '') ?? Infinity) < (goingAt.get(uid) ?? revision));
      goingAt.delete(uid);
      return user === undefined ? undefined : `${previous.metadata.name} is gone, and ${user.metadata.name} still uses it`;
    },
  };
}

/** Pods that use a claim. */
export function podsOf({ metadata: { namespace, name } }: Stored, history: History): Stored[] {
  return [...history.all('pods')].filter((pod) => pod.metadata.namespace === namespace && (pod.spec?.['volumes'] as { persistentVolumeClaim?: { claimName: string } }[] | undefined ?? []).some((volume) => volume.persistentVolumeClaim?.claimName === name)); // a Pod
}
