import { nearestName, readFlagFile, UsageError } from '@kubernode/component-base';
import type { Controller, Runtime } from '@kubernode/controller';
import { validatingPolicyStatusController } from '../controllers/admission-policy/validating-policy-status-controller.ts';
import { clusterRoleAggregationController } from '../controllers/cluster-role-aggregation-controller.ts';
import { cronJobController } from '../controllers/cronjob/cronjob-controller.ts';
import { daemonSetController } from '../controllers/daemonset/daemonset-controller.ts';
import { deploymentController } from '../controllers/deployment/deployment-controller.ts';
import { disruptionController } from '../controllers/disruption/disruption-controller.ts';
import { endpointSliceController } from '../controllers/endpoints/endpoint-slice-controller.ts';
import { endpointsController } from '../controllers/endpoints/endpoints-controller.ts';
import { runCertificateSigner } from '../certificates/certificate-signer.ts';
import { GarbageCollector, idOf } from '../garbage-collector/garbage-collector.ts';
import { runNamespaceController } from '../namespace/namespace-controller.ts';
import { jobController } from '../controllers/job/job-controller.ts';
import { ttlAfterFinishedController } from '../controllers/job/ttl-after-finished-controller.ts';
import { nodeIpamController } from '../controllers/node/node-ipam-controller.ts';
import { nodeLifecycleController } from '../controllers/node/node-lifecycle-controller.ts';
import { nodeTtlController } from '../controllers/node/node-ttl-controller.ts';
import { taintEvictionController } from '../controllers/node/taint-eviction-controller.ts';
import { podGarbageCollector } from '../controllers/pod-garbage-collector.ts';
import { resourceQuotaController } from '../controllers/quota/resource-quota-controller.ts';
import { replicaSetController, replicationController } from '../controllers/replicaset/replicaset-controller.ts';
import { rootCaPublisher } from '../controllers/root-ca-publisher.ts';
import { serviceAccountController } from '../controllers/service-account-controller.ts';
import { statefulSetController } from '../controllers/statefulset/statefulset-controller.ts';
import type { ManagerOptions } from './options.ts';

/** A loop of its own, for the few that need more than snapshots. */
export interface Runner { run(runtime: Runtime, signal: AbortSignal): Promise<void> }

export interface ChosenControllers { controllers: readonly Controller[]; runners: readonly Runner[] }

type Factory = (options: ManagerOptions, runtime: Runtime) => Controller | undefined;

/** Controllers by the names that --controllers takes; undefined from a factory: an option it needs is not set. */
const table: Readonly<Record<string, Factory>> = {
  'deployment-controller': () => deploymentController,
  'replicaset-controller': () => replicaSetController,
  'replicationcontroller-controller': () => replicationController,
  'daemonset-controller': () => daemonSetController,
  'statefulset-controller': () => statefulSetController,
  'cronjob-controller': () => cronJobController,
  'job-controller': () => jobController,
  'endpoints-controller': () => endpointsController,
  'endpointslice-controller': () => endpointSliceController,
  'serviceaccount-controller': () => serviceAccountController,
  'disruption-controller': () => disruptionController,
  'resourcequota-controller': () => resourceQuotaController,
  'ttl-after-finished-controller': () => ttlAfterFinishedController,
  'clusterrole-aggregation-controller': () => clusterRoleAggregationController,
  'validatingadmissionpolicy-status-controller': () => validatingPolicyStatusController,
  'pod-garbage-collector-controller': (options) => podGarbageCollector(options['terminated-pod-gc-threshold']),
  'root-ca-certificate-publisher-controller': (options) => (options['root-ca-file'] === undefined ? undefined : rootCaPublisher(readFlagFile('root-ca-file', options['root-ca-file']))),
  'node-lifecycle-controller': (options, { clock }) => nodeLifecycleController({ clock, gracePeriodMs: options['node-monitor-grace-period'], startupGracePeriodMs: options['node-startup-grace-period'] }),
  'taint-eviction-controller': () => taintEvictionController,
  'ttl-controller': () => nodeTtlController,
  'node-ipam-controller': (options) => (options['allocate-node-cidrs'] && options['cluster-cidr'] !== undefined
    ? nodeIpamController({ clusterCidr: options['cluster-cidr'].split(',')[0] ?? '', maskSize: options['node-cidr-mask-size-ipv4'] ?? options['node-cidr-mask-size'] }) : undefined),
};

const NAMESPACE = 'namespace-controller';
const GARBAGE_COLLECTOR = 'garbage-collector-controller';
const SIGNER = 'certificatesigningrequest-signing-controller';

/** The controllers that the flags ask for. */
export function chooseControllers(options: ManagerOptions, runtime: Runtime): ChosenControllers {
  const names = [...Object.keys(table), NAMESPACE, GARBAGE_COLLECTOR, SIGNER];
  const wanted = (name: string): boolean => isWanted(name, options.controllers);
  for (const given of options.controllers) checkName(given, names);
  const controllers = Object.entries(table).flatMap(([name, factory]) => {
    const made = wanted(name) ? factory(options, runtime) : undefined;
    return made === undefined ? [] : [made];
  });
  const shared = new Set(controllers.flatMap(({ watches }) => watches.map(({ resource }) => idOf(resource))));
  const runners: Runner[] = [];
  if (wanted(NAMESPACE)) runners.push({ run: runNamespaceController });
  if (wanted(GARBAGE_COLLECTOR) && options['enable-garbage-collector']) runners.push({ run: (_runtime, signal) => new GarbageCollector(runtime, { shared, workers: options['concurrent-gc-syncs'] }).run(signal) });
  const [certFile, keyFile] = [options['cluster-signing-cert-file'], options['cluster-signing-key-file']];
  if (wanted(SIGNER) && certFile !== undefined && keyFile !== undefined) {
    const authority = { certificate: readFlagFile('cluster-signing-cert-file', certFile), key: readFlagFile('cluster-signing-key-file', keyFile) };
    runners.push({ run: (_runtime, signal) => runCertificateSigner(runtime, { authority, lifetimeMs: options['cluster-signing-duration'] }, signal) });
  }
  return { controllers, runners };
}

/** `-NAME` wins over `NAME` over `*`. Short names of old releases (`deployment`) count as well. */
function isWanted(name: string, given: readonly string[]): boolean {
  const names = [name, name.replace(/-controller$/, '')];
  if (names.some((one) => given.includes(`-${one}`))) return false;
  return given.includes('*') || names.some((one) => given.includes(one));
}

function checkName(given: string, names: readonly string[]): void {
  const name = given.replace(/^-/, '');
  if (given === '*' || names.some((one) => one === name || one.replace(/-controller$/, '') === name) || OTHERS.has(name)) return;
  const nearest = nearestName(name, names);
  throw new UsageError(`--controllers: "${name}" is not a controller${nearest === undefined ? '' : ` (did you mean ${nearest}?)`}`);
}

/** Of Kubernetes' controllers those that are not separate here, or not needed; naming them is no mistake. */
const OTHERS: ReadonlySet<string> = new Set(['tokencleaner', 'bootstrapsigner', 'bootstrap-signer-controller', 'token-cleaner-controller', 'cloud-node-lifecycle-controller', 'node-route-controller', 'service-lb-controller']);
