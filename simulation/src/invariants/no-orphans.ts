import type { History } from '../history/history.ts';
import type { Invariant } from './invariant.ts';

/** Nothing outlives its owners, and nothing that is to be deleted stays. */
export function noOrphans(): Invariant {
  return {
    name: 'nothing is orphaned or left half deleted',
    *atRest(history: History) {
      const uids = new Set(RESOURCES.flatMap((resource) => [...history.all(resource)].map(({ metadata }) => metadata.uid)));
      for (const resource of RESOURCES) {
        for (const { metadata } of history.all(resource)) {
          const owners = metadata.ownerReferences ?? [];
          if (owners.length > 0 && !owners.some(({ uid }) => uids.has(uid))) yield `${resource} ${metadata.namespace ?? ''}/${metadata.name} has outlived ${owners.map(({ kind, name }) => `${kind} ${name}`).join()}`;
          if (metadata.deletionTimestamp !== undefined) yield `${resource} ${metadata.namespace ?? ''}/${metadata.name} is not gone: finalizers ${(metadata.finalizers ?? []).join()}`;
        }
      }
    },
  };
}

const RESOURCES = ['namespaces', 'pods', 'replicasets', 'deployments', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs', 'controllerrevisions', 'services', 'endpointslices', 'configmaps', 'resourcequotas', 'poddisruptionbudgets', 'minions', 'persistentvolumeclaims'];
