import { optionTable, type OptionSpec, type Options } from '@kubernode/component-base';

type WorkerFlag = OptionSpec<'int'> & { kind: 'int'; default: number };

/** How many keys each controller works on at once, by Kubernetes' flags and with its defaults. */
type ConcurrencyTable = { readonly [F in typeof flagOfController[keyof typeof flagOfController] | 'concurrent-gc-syncs' | 'concurrent-namespace-syncs']: WorkerFlag };

const flagOfController = {
  'cronjob-controller': 'concurrent-cron-job-syncs',
  'daemonset-controller': 'concurrent-daemonset-syncs',
  'deployment-controller': 'concurrent-deployment-syncs',
  'device-taint-eviction-controller': 'concurrent-device-taint-eviction-syncs',
  'endpoints-controller': 'concurrent-endpoint-syncs',
  'endpointslice-controller': 'concurrent-service-endpoint-syncs',
  'endpointslice-mirroring-controller': 'mirroring-concurrent-service-endpoint-syncs',
  'ephemeral-volume-controller': 'concurrent-ephemeralvolume-syncs',
  'horizontal-pod-autoscaler-controller': 'concurrent-horizontal-pod-autoscaler-syncs',
  'job-controller': 'concurrent-job-syncs',
  'replicaset-controller': 'concurrent-replicaset-syncs',
  'replicationcontroller-controller': 'concurrent_rc_syncs',
  'resourceclaim-controller': 'concurrent-resourceclaim-syncs',
  'resourcequota-controller': 'concurrent-resource-quota-syncs',
  'serviceaccount-token-controller': 'concurrent-serviceaccount-token-syncs',
  'statefulset-controller': 'concurrent-statefulset-syncs',
  'ttl-after-finished-controller': 'concurrent-ttl-after-finished-syncs',
  'validatingadmissionpolicy-status-controller': 'concurrent-validating-admission-policy-status-syncs',
} as const;

export const concurrencyOptions: ConcurrencyTable = optionTable({
  'concurrent-cron-job-syncs': workers(5, 'cron jobs'),
  'concurrent-daemonset-syncs': workers(2, 'daemon sets'),
  'concurrent-deployment-syncs': workers(5, 'deployments'),
  'concurrent-device-taint-eviction-syncs': workers(8, 'evictions from tainted devices'),
  'concurrent-endpoint-syncs': workers(5, 'endpoints'),
  'concurrent-service-endpoint-syncs': workers(5, 'services whose endpoint slices are made'),
  'mirroring-concurrent-service-endpoint-syncs': workers(5, 'endpoints that are mirrored'),
  'concurrent-ephemeralvolume-syncs': workers(5, 'pods with ephemeral volumes'),
  'concurrent-gc-syncs': workers(20, 'objects that the garbage collector looks at'),
  'concurrent-horizontal-pod-autoscaler-syncs': workers(5, 'autoscalers'),
  'concurrent-job-syncs': workers(5, 'jobs'),
  'concurrent-namespace-syncs': workers(10, 'namespaces that are emptied'),
  'concurrent-replicaset-syncs': workers(5, 'replica sets'),
  concurrent_rc_syncs: workers(5, 'replication controllers'),
  'concurrent-resourceclaim-syncs': workers(50, 'pods and their resource claims'),
  'concurrent-resource-quota-syncs': workers(5, 'quotas'),
  'concurrent-serviceaccount-token-syncs': workers(5, 'service accounts and token secrets'),
  'concurrent-statefulset-syncs': workers(5, 'stateful sets'),
  'concurrent-ttl-after-finished-syncs': workers(5, 'ended jobs'),
  'concurrent-validating-admission-policy-status-syncs': workers(5, 'policies whose types are checked'),
});

export type ConcurrencyOptions = Options<ConcurrencyTable>;

/** The workers of a controller whose number has a flag. */
export function workersOf(name: string, options: ConcurrencyOptions): number | undefined {
  return name in flagOfController ? options[flagOfController[name as keyof typeof flagOfController]] : undefined; // just checked
}

function workers(count: number, of: string): WorkerFlag {
  return { kind: 'int', default: count, help: `How many ${of} are worked on at once` };
}
