import type { InformerFactory } from '@kubernode/client';
import { exposeKind } from './expose-kind.ts';
import type { StateKind } from './family.ts';
import { autoscalers } from './kinds/autoscalers.ts';
import { cronJobs } from './kinds/cron-jobs.ts';
import { daemonSets } from './kinds/daemon-sets.ts';
import { deployments } from './kinds/deployments.ts';
import { disruptionBudgets } from './kinds/disruption-budgets.ts';
import { jobs } from './kinds/jobs.ts';
import { namespaces } from './kinds/namespaces.ts';
import { nodes } from './kinds/nodes.ts';
import { pods } from './kinds/pods.ts';
import { replicaSets } from './kinds/replica-sets.ts';
import { resourceQuotas } from './kinds/resource-quotas.ts';
import { services } from './kinds/services.ts';
import { statefulSets } from './kinds/stateful-sets.ts';
import { persistentVolumeClaims, persistentVolumes } from './kinds/volumes.ts';

export const STATE_METRICS_PATH = '/metrics/state';

export interface StateMetrics {
  /** Empty unless this process leads: of several replicas one tells of each object. */
  page(): Iterable<string>;
  /** Shows the objects until disposed of. */
  lead(): Disposable;
}

/** What objects say of themselves, as kube-state-metrics tells it, from the copies that the controllers keep anyway. */
export function stateMetrics(informers: Pick<InformerFactory, 'informer'>): StateMetrics {
  const exposed = [
    bind(autoscalers, informers), bind(cronJobs, informers), bind(daemonSets, informers), bind(deployments, informers), bind(disruptionBudgets, informers), bind(jobs, informers), bind(namespaces, informers), bind(nodes, informers),
    bind(persistentVolumeClaims, informers), bind(persistentVolumes, informers), bind(pods, informers), bind(replicaSets, informers), bind(resourceQuotas, informers), bind(services, informers), bind(statefulSets, informers),
  ];
  let leads = false;
  return {
    * page() { if (leads) for (const expose of exposed) yield* expose(); },
    lead() {
      leads = true;
      return { [Symbol.dispose]: () => { leads = false; } };
    },
  };
}

/** Half a list would look like objects that went: nothing is told before the first list is whole. */
function bind<T>(kind: StateKind<T>, informers: Pick<InformerFactory, 'informer'>): () => Iterable<string> {
  const informer = informers.informer(kind.resource);
  return () => (informer.hasSynced ? exposeKind(kind, informer.lister.list()) : []);
}
