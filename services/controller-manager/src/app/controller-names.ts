/** What Kubernetes 1.36 calls its controllers, and what it knows of each before it runs; and Kubernode's own. */
export interface ControllerName {
  readonly name: string;
  /** Of older releases; `--controllers` still takes it. */
  readonly alias?: string;
  /** Runs only where `--controllers` names it, not for `*`. */
  readonly offByDefault?: true;
  /** Never runs, whatever `--controllers` says, and why. */
  readonly absent?: string;
}

const CLOUD = 'belongs to a cloud controller manager';
const gated = (gate: string): string => `its feature gate ${gate} is off by default`;

/** Sorted by name, as help lists them. */
export const controllerNames: readonly ControllerName[] = [
  { name: 'bootstrap-signer-controller', alias: 'bootstrapsigner', offByDefault: true },
  { name: 'certificatesigningrequest-approving-controller', alias: 'csrapproving' },
  { name: 'certificatesigningrequest-cleaner-controller', alias: 'csrcleaner' },
  { name: 'certificatesigningrequest-signing-controller', alias: 'csrsigning' },
  { name: 'cloud-node-lifecycle-controller', alias: 'cloud-node-lifecycle', absent: CLOUD },
  { name: 'clusterrole-aggregation-controller', alias: 'clusterrole-aggregation' },
  { name: 'cronjob-controller', alias: 'cronjob' },
  { name: 'daemonset-controller', alias: 'daemonset' },
  { name: 'deployment-controller', alias: 'deployment' },
  { name: 'device-taint-eviction-controller' },
  { name: 'disruption-controller', alias: 'disruption' },
  { name: 'endpoints-controller', alias: 'endpoint' },
  { name: 'endpointslice-controller', alias: 'endpointslice' },
  { name: 'endpointslice-mirroring-controller', alias: 'endpointslicemirroring' },
  { name: 'ephemeral-volume-controller', alias: 'ephemeral-volume' },
  { name: 'garbage-collector-controller', alias: 'garbagecollector' },
  { name: 'horizontal-pod-autoscaler-controller', alias: 'horizontalpodautoscaling' },
  { name: 'job-controller', alias: 'job' },
  { name: 'kube-apiserver-serving-clustertrustbundle-publisher-controller', absent: gated('ClusterTrustBundle') },
  { name: 'legacy-serviceaccount-token-cleaner-controller', alias: 'legacy-service-account-token-cleaner' },
  { name: 'local-path-provisioner-controller' }, // Kubernode's own
  { name: 'namespace-controller', alias: 'namespace' },
  { name: 'node-ipam-controller', alias: 'nodeipam' },
  { name: 'node-lifecycle-controller', alias: 'nodelifecycle' },
  { name: 'node-route-controller', alias: 'route', absent: CLOUD },
  { name: 'persistentvolume-attach-detach-controller', alias: 'attachdetach' },
  { name: 'persistentvolume-binder-controller', alias: 'persistentvolume-binder' },
  { name: 'persistentvolume-expander-controller', alias: 'persistentvolume-expander' },
  { name: 'persistentvolume-protection-controller', alias: 'pv-protection' },
  { name: 'persistentvolumeclaim-protection-controller', alias: 'pvc-protection' },
  { name: 'pod-garbage-collector-controller', alias: 'podgc' },
  { name: 'podcertificaterequest-cleaner-controller', absent: gated('PodCertificateRequest') },
  { name: 'podgroup-protection-controller', absent: gated('GenericWorkload') },
  { name: 'replicaset-controller', alias: 'replicaset' },
  { name: 'replicationcontroller-controller', alias: 'replicationcontroller' },
  { name: 'resourceclaim-controller', alias: 'resource-claim-controller' },
  { name: 'resourcepoolstatusrequest-controller', absent: gated('DRAResourcePoolStatus') },
  { name: 'resourcequota-controller', alias: 'resourcequota' },
  { name: 'root-ca-certificate-publisher-controller', alias: 'root-ca-cert-publisher' },
  { name: 'selinux-warning-controller', offByDefault: true, absent: 'nodes here do not relabel volumes for SELinux' },
  { name: 'service-cidr-controller' },
  { name: 'service-lb-controller', alias: 'service' },
  { name: 'serviceaccount-controller', alias: 'serviceaccount' },
  { name: 'serviceaccount-token-controller', alias: 'serviceaccount-token' },
  { name: 'statefulset-controller', alias: 'statefulset' },
  { name: 'storage-version-migrator-controller', alias: 'svm', absent: gated('StorageVersionMigrator') },
  { name: 'storageversion-garbage-collector-controller', alias: 'storage-version-gc', absent: gated('StorageVersionAPI') },
  { name: 'taint-eviction-controller' },
  { name: 'token-cleaner-controller', alias: 'tokencleaner', offByDefault: true },
  { name: 'ttl-after-finished-controller', alias: 'ttl-after-finished' },
  { name: 'ttl-controller', alias: 'ttl' },
  { name: 'validatingadmissionpolicy-status-controller' },
  { name: 'volumeattributesclass-protection-controller' },
];

/** The name of today by any name. */
const canonical: ReadonlyMap<string, string> = new Map(controllerNames.flatMap(({ name, alias = name }): [string, string][] => [[name, name], [alias, name]]));

/** What is wrong with the names that `--controllers` was given, in Kubernetes' words; undefined when nothing is. */
export function unknownControllers(given: readonly string[]): string | undefined {
  const faults = given.filter((one) => one !== '*' && !canonical.has(withoutMinus(one))).map((one) => `"${withoutMinus(one)}" is not in the list of known controllers`);
  return faults.length < 2 ? faults[0] : `[${faults.join(', ')}]`;
}

/** Whether a controller runs: of `NAME` and `-NAME` the one given first decides; without either `*` brings what is on by default. */
export function isWanted({ name, offByDefault }: ControllerName, given: readonly string[]): boolean {
  for (const one of given) if (canonical.get(withoutMinus(one)) === name) return !one.startsWith('-');
  return given.includes('*') && offByDefault !== true;
}

/** The help of `--controllers`. */
export function controllersHelp(): string {
  const names = controllerNames.map(({ name }) => name);
  const off = controllerNames.filter(({ offByDefault }) => offByDefault === true).map(({ name }) => name);
  return `A list of controllers to enable. '*' enables all on-by-default controllers, 'foo' enables the controller named 'foo', '-foo' disables the controller named 'foo'.\nAll controllers: ${names.join(', ')}\nDisabled-by-default controllers: ${off.join(', ')}`;
}

function withoutMinus(given: string): string { return given.startsWith('-') ? given.slice(1) : given; }
