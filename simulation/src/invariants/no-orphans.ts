import type { History, Stored } from '../history/history.ts';
import type { Invariant } from './invariant.ts';
import { podsOf } from './protected-claims.ts';

/** Nothing outlives its owners, and nothing that is to be deleted stays. */
export function noOrphans(): Invariant {
  return {
    name: 'nothing is orphaned or left half deleted',
    *atRest(history: History) {
      const uids = new Set(RESOURCES.flatMap((resource) => [...history.all(resource)].map(({ metadata }) => metadata.uid)));
      for (const resource of RESOURCES) {
        for (const object of history.all(resource)) {
          const { metadata } = object;
          const owners = metadata.ownerReferences ?? [];
          if (owners.length > 0 && !owners.some(({ uid }) => uids.has(uid))) yield `${resource} ${metadata.namespace ?? ''}/${metadata.name} has outlived ${owners.map(({ kind, name }) => `${kind} ${name}`).join()}`;
          if (metadata.deletionTimestamp !== undefined && !isInUse(resource, object, history)) yield `${resource} ${metadata.namespace ?? ''}/${metadata.name} is not gone: finalizers ${(metadata.finalizers ?? []).join()}`;
        }
      }
    },
  };
}

/** A claim that is to go stays while pods use it, and a volume while a claim does. */
function isInUse(resource: string, object: Stored, history: History): boolean {
  return (resource === 'persistentvolumeclaims' && podsOf(object, history).length > 0) || (resource === 'persistentvolumes' && object.status?.['phase'] === 'Bound');
}

const RESOURCES = ['namespaces', 'pods', 'replicasets', 'deployments', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs', 'controllerrevisions', 'services', 'endpointslices', 'configmaps', 'resourcequotas', 'poddisruptionbudgets', 'horizontalpodautoscalers', 'minions', 'persistentvolumeclaims', 'persistentvolumes'];
