import type { ResourceRef } from '@kubernode/api';
import { assert } from '@kubernode/base';
import type { Controller, Runtime } from '@kubernode/controller';
import { validatingPolicyStatusController } from '../controllers/admission-policy/validating-policy-status-controller.ts';
import { clusterRoleAggregationController } from '../controllers/cluster-role-aggregation-controller.ts';
import { cronJobController } from '../controllers/cronjob/cronjob-controller.ts';
import { cronJobMetrics } from '../controllers/cronjob/metrics.ts';
import { daemonSetController } from '../controllers/daemonset/daemonset-controller.ts';
import { deploymentController } from '../controllers/deployment/deployment-controller.ts';
import { disruptionController } from '../controllers/disruption/disruption-controller.ts';
import { GarbageCollector, idOf } from '../garbage-collector/garbage-collector.ts';
import { runNamespaceController } from '../namespace/namespace-controller.ts';
import { jobController } from '../controllers/job/job-controller.ts';
import { jobMetrics, ttlMetrics } from '../controllers/job/metrics.ts';
import { ttlAfterFinishedController } from '../controllers/job/ttl-after-finished-controller.ts';
import { horizontalPodAutoscalerController } from '../controllers/horizontal-pod-autoscaler/horizontal-pod-autoscaler-controller.ts';
import { autoscalerMetrics } from '../controllers/horizontal-pod-autoscaler/metrics.ts';
import { deviceTaintEvictionController } from '../controllers/device-taint-eviction/device-taint-eviction-controller.ts';
import { claimReservationsController } from '../controllers/resource-claims/claim-reservations-controller.ts';
import { claimsOfPodsController } from '../controllers/resource-claims/claims-of-pods-controller.ts';
import { replicaSetController, replicationController } from '../controllers/replicaset/replicaset-controller.ts';
import { statefulSetController } from '../controllers/statefulset/statefulset-controller.ts';
import { QuotaController, quotaReads } from '../quota/quota-controller.ts';
import { autoscalerSettings } from './autoscaler-options.ts';
import { workersOf } from './concurrency.ts';
import { credentialControllers } from './credential-controllers.ts';
import { controllerNames, isWanted } from './controller-names.ts';
import { endpointControllers } from './endpoint-controllers.ts';
import { nodeControllers } from './node-controllers.ts';
import type { ManagerOptions } from './options.ts';
import { volumeControllers } from './volume-controllers.ts';

/** A loop of its own, for the few that need more than snapshots. */
export interface Runner {
  run(runtime: Runtime, signal: AbortSignal): Promise<void>;
  /** What it reads in full, so that it can be read before the lead is won. */
  reads?: readonly ResourceRef[];
}

export interface ChosenControllers {
  controllers: readonly Controller[];
  runners: readonly Runner[];
  /** Of all of them, as --controllers takes them. */
  names: readonly string[];
}

export type Factory = (options: ManagerOptions, runtime: Runtime) => Controller | readonly Controller[] | Runner | undefined;

/** Controllers by the names that --controllers takes; undefined from a factory: an option it needs is not set. */
const table: Readonly<Record<string, Factory>> = {
  'deployment-controller': () => deploymentController,
  'replicaset-controller': () => replicaSetController,
  'replicationcontroller-controller': () => replicationController,
  'daemonset-controller': () => daemonSetController(),
  'statefulset-controller': () => statefulSetController,
  'cronjob-controller': (_options, { clock, registry }) => cronJobController(clock, cronJobMetrics(registry)),
  'job-controller': (_options, { registry }) => jobController(jobMetrics(registry)),
  'disruption-controller': (_options, { clock }) => disruptionController(clock),
  'horizontal-pod-autoscaler-controller': (options, { clock, registry }) => horizontalPodAutoscalerController(autoscalerSettings(options), { clock, metrics: autoscalerMetrics(registry) }),
  'ttl-after-finished-controller': (_options, { registry }) => ttlAfterFinishedController(ttlMetrics(registry)),
  'device-taint-eviction-controller': () => deviceTaintEvictionController(),
  'resourceclaim-controller': () => [claimsOfPodsController, claimReservationsController],
  'clusterrole-aggregation-controller': () => clusterRoleAggregationController,
  'validatingadmissionpolicy-status-controller': () => validatingPolicyStatusController,
  ...endpointControllers,
  ...nodeControllers,
  ...volumeControllers,
  ...credentialControllers,
  'namespace-controller': (options) => ({ run: (runtime, signal) => runNamespaceController(runtime, { workers: options['concurrent-namespace-syncs'] }, signal) }),
};

const GARBAGE_COLLECTOR = 'garbage-collector-controller';
const QUOTA = 'resourcequota-controller';

/** The controllers that the flags ask for. */
export function chooseControllers(options: ManagerOptions, runtime: Runtime): ChosenControllers {
  const wanted = new Set(controllerNames.filter((one) => one.absent === undefined && isWanted(one, options.controllers)).map(({ name }) => name));
  const controllers: Controller[] = [];
  const runners: Runner[] = [];
  const names: string[] = [];
  for (const [name, factory] of Object.entries(table)) {
    assert(controllerNames.some((one) => one.name === name), `controller-names.ts lacks ${name}`);
    const made = wanted.has(name) ? factory(options, runtime) : undefined;
    if (made === undefined) continue;
    names.push(name);
    if ('run' in made) runners.push(made);
    else controllers.push(...[made].flat().map((one) => withWorkers(one, workersOf(name, options))));
  }
  const shared = new Set([...controllers.flatMap(({ watches }) => watches.filter(({ selector }) => selector === undefined).map(({ resource }) => resource)), ...(wanted.has(QUOTA) ? quotaReads : [])].map(idOf));
  if (wanted.has(QUOTA)) {
    const quotaOptions = { isReadInFull: (resource: ResourceRef) => shared.has(idOf(resource)), workers: options['concurrent-resource-quota-syncs'], resyncMs: options['resource-quota-sync-period'] };
    runners.push({ run: (_runtime, signal) => new QuotaController(runtime, quotaOptions).run(signal), reads: quotaReads });
    names.push(QUOTA);
  }
  if (wanted.has(GARBAGE_COLLECTOR) && options['enable-garbage-collector']) {
    runners.push({ run: (_runtime, signal) => new GarbageCollector(runtime, { shared, workers: options['concurrent-gc-syncs'] }).run(signal) });
    names.push(GARBAGE_COLLECTOR);
  }
  return { controllers, runners, names };
}

function withWorkers(one: Controller, workers: number | undefined): Controller {
  return workers === undefined ? one : { ...one, workers };
}
