// The workloads of Kubernetes' scheduler_perf as data: nodes, pods that are there already, what goes on meanwhile, and the pods that are measured.
import type { coreV1 } from '@kubernode/api';
import type { NodeParts, PodParts } from '../src/test-support/test-cluster.ts';

export interface Row {
  readonly name: string;
  /** Pods a second that Kubernetes' scheduler has to reach with API server and etcd; absent where Kubernetes sets none. */
  readonly threshold?: number;
  /** Fewer than the benchmark's. */
  readonly nodesMax?: number;
  /** Where only so many of the measured pods fit on a node. */
  readonly perNodeMax?: number;
  readonly node?: (i: number) => NodeParts;
  /** In order; `count` of a cluster of 5,000 nodes, fewer in smaller ones. */
  readonly before?: readonly { readonly count: number; readonly pod: (i: number) => BenchPod; /** Stay in the queue. */ readonly gated?: true }[];
  readonly measured: (i: number) => BenchPod;
  /** Done once for so many pods that are measured. */
  readonly churn?: { readonly every: number; readonly what: Churn };
}

export type Churn = { readonly create: BenchPod } | 'mixed' | 'delete placed';
/** `volume`: each pod has a claim of its own, bound to a volume of this kind. */
export interface BenchPod extends PodParts { volume?: 'aws' | 'csi' }

export const ZONE = 'topology.kubernetes.io/zone';
export const DRIVER = 'ebs.csi.aws.com';
export const AWS_PLUGIN = 'kubernetes.io/aws-ebs';
const HOST = 'kubernetes.io/hostname';
/** Thrice as often as scheduler_perf's five a second are at its thresholds. */
const CHURN_EVERY = 20;
const NAMESPACES = 100;

const small: BenchPod = { requests: { cpu: '100m', memory: '500Mi' } };
const low: BenchPod = { requests: { cpu: '900m', memory: '500Mi' } };
const high: BenchPod = { priority: 10, requests: { cpu: '3', memory: '500Mi' } };
const huge: BenchPod = { priority: 10, requests: { cpu: '9', memory: '500Mi' } };
const of = (pod: BenchPod) => (): BenchPod => pod;
const plain = of(small);

const machine = { cpu: '4', memory: '32Gi', pods: '110' };
const threeZones = (i: number): NodeParts => ({ labels: { [ZONE]: `zone-${i % 3}` }, allocatable: machine });
const oneZone = (): NodeParts => ({ labels: { [ZONE]: 'zone-1' }, allocatable: machine });
const oneHuge = (): NodeParts => ({ allocatable: { cpu: '4', memory: '32Gi', pods: '90000' } });
const withDisks = (): NodeParts => ({ labels: { [ZONE]: 'zone-1' }, allocatable: { ...machine, [`attachable-volumes-csi-${DRIVER}`]: '39' } });
const everyFifthTainted = (i: number): NodeParts => ({ allocatable: machine, ...(i % 5 === 4 && { taints: [{ key: 'foo', effect: 'NoSchedule' }] }) });

const term = (color: string, topologyKey: string, more: Partial<coreV1.PodAffinityTerm> = {}): coreV1.PodAffinityTerm => ({ topologyKey, labelSelector: { matchLabels: { color } }, ...more });
const required = (kind: 'podAffinity' | 'podAntiAffinity', color: string, one: coreV1.PodAffinityTerm): BenchPod => ({ ...small, labels: { color }, affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [one] } } });
const preferred = (kind: 'podAffinity' | 'podAntiAffinity', color: string, one: coreV1.PodAffinityTerm): BenchPod => ({ ...small, labels: { color }, affinity: { [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: one }] } } });
const spread = (whenUnsatisfiable: string): BenchPod => ({ ...small, labels: { color: 'blue' }, topologySpreadConstraints: [{ maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable, labelSelector: { matchLabels: { color: 'blue' } } }] });
const onNodes = (requirement: coreV1.NodeSelectorRequirement, field: 'matchExpressions' | 'matchFields'): BenchPod => ({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ [field]: [requirement] }] } } } });

const together = required('podAffinity', 'blue', term('blue', ZONE));
const apart = required('podAntiAffinity', 'green', term('green', HOST));
const ratherTogether = preferred('podAffinity', 'red', term('red', HOST));
const ratherApart = preferred('podAntiAffinity', 'yellow', term('yellow', HOST));

/** All labelled namespaces are meant; pods that are there already live in a hundred of them. */
const selected = { namespaceSelector: { matchLabels: { team: 'devops' } } };
const inNamespaces = (pod: BenchPod) => ({ before: [{ count: 4000, pod: (i: number): BenchPod => ({ ...pod, namespace: `init-ns-${i % NAMESPACES}` }) }], measured: of({ ...pod, namespace: 'measure-ns-0' }) });
export const namespaces: readonly string[] = ['measure-ns-0', ...Array.from({ length: NAMESPACES }, (_, i) => `init-ns-${i}`)];

const gate = { schedulingGates: [{ name: 'test.k8s.io/hold' }] };
const gatedTogether: BenchPod = { ...gate, labels: { app: 'scheduler-perf' }, affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOST, labelSelector: { matchLabels: { app: 'scheduler-perf' } } }] } } };
const withSecret: BenchPod = { ...small, volumes: [{ name: 'secret', secret: { secretName: 'secret' } }] };
const evenly: BenchPod = { ...small, labels: { foo: 'bar' }, topologySpreadConstraints: [{ maxSkew: 1, topologyKey: HOST, whenUnsatisfiable: 'DoNotSchedule', nodeAffinityPolicy: 'Honor', nodeTaintsPolicy: 'Honor', labelSelector: { matchLabels: { foo: 'bar' } } }] };

export const rows: readonly Row[] = [
  { name: 'SchedulingBasic', threshold: 270, before: [{ count: 1000, pod: plain }], measured: plain },
  { name: 'SchedulingDaemonset', threshold: 390, perNodeMax: 1, measured: (i) => onNodes({ key: 'metadata.name', operator: 'In', values: [`node-${i}`] }, 'matchFields') },
  { name: 'SchedulingWithMixedChurn', threshold: 265, measured: plain, churn: { every: CHURN_EVERY, what: 'mixed' } },
  { name: 'SchedulingNodeAffinity', threshold: 220, before: [{ count: 5000, pod: plain }], measured: of({ ...small, ...onNodes({ key: ZONE, operator: 'In', values: ['zone-1', 'zone-2'] }, 'matchExpressions') }) },
  { name: 'MixedSchedulingBasePod', threshold: 140, node: oneZone, before: [plain, of(together), of(apart), of(ratherTogether), of(ratherApart)].map((pod) => ({ count: 2000, pod })), measured: plain },
  { name: 'TopologySpreading', threshold: 85, before: [{ count: 5000, pod: plain }], measured: of(spread('DoNotSchedule')) },
  { name: 'PreferredTopologySpreading', threshold: 125, before: [{ count: 5000, pod: plain }], measured: of(spread('ScheduleAnyway')) },
  { name: 'SchedulingWithNodeInclusionPolicy', threshold: 68, perNodeMax: 0.8, node: everyFifthTainted, measured: of(evenly) },
  { name: 'SchedulingPodAffinity', threshold: 35, node: oneZone, before: [{ count: 5000, pod: of(together) }], measured: of(together) },
  { name: 'SchedulingPodAntiAffinity', threshold: 60, perNodeMax: 0.8, before: [{ count: 1000, pod: of(apart) }], measured: of(apart) },
  { name: 'SchedulingPodMatchingAntiAffinity', threshold: 540, before: [{ count: 1000, pod: of(apart) }], measured: of({ labels: { color: 'green' } }) },
  { name: 'SchedulingPreferredPodAffinity', threshold: 90, before: [{ count: 5000, pod: of(ratherTogether) }], measured: of(ratherTogether) },
  { name: 'SchedulingPreferredPodAntiAffinity', threshold: 90, before: [{ count: 5000, pod: of(ratherApart) }], measured: of(ratherApart) },
  { name: 'RequiredPodAntiAffinityWithNSSelector', threshold: 24, perNodeMax: 0.6, ...inNamespaces(required('podAntiAffinity', 'green', term('green', HOST, selected))), before: [{ count: 2000, pod: (i) => ({ ...required('podAntiAffinity', 'green', term('green', HOST, selected)), namespace: `init-ns-${i % NAMESPACES}` }) }] },
  { name: 'PreferredAntiAffinityWithNSSelector', threshold: 55, ...inNamespaces(preferred('podAntiAffinity', 'green', term('green', HOST, selected))) },
  { name: 'RequiredPodAffinityWithNSSelector', threshold: 35, node: oneZone, ...inNamespaces(required('podAffinity', 'blue', term('blue', ZONE, selected))) },
  { name: 'PreferredAffinityWithNSSelector', threshold: 90, ...inNamespaces(preferred('podAffinity', 'red', term('red', HOST, selected))) },
  { name: 'Unschedulable', threshold: 170, before: [{ count: 100, pod: plain }], measured: plain, churn: { every: CHURN_EVERY, what: { create: huge } } },
  { name: 'PreemptionBasic', perNodeMax: 1, before: [{ count: 20_000, pod: of(low) }], measured: of(high) },
  { name: 'PreemptionAsync', threshold: 160, before: [{ count: 20_000, pod: of(low) }], measured: plain, churn: { every: CHURN_EVERY, what: { create: high } } },
  { name: 'SchedulingSecrets', threshold: 260, before: [{ count: 1000, pod: of(withSecret) }], measured: of(withSecret) },
  { name: 'SchedulingInTreePVs', threshold: 90, before: [{ count: 1000, pod: of({ ...small, volume: 'aws' }) }], measured: of({ ...small, volume: 'aws' }) },
  { name: 'SchedulingMigratedInTreePVs', threshold: 35, node: withDisks, before: [{ count: 5000, pod: of({ ...small, volume: 'aws' }) }], measured: of({ ...small, volume: 'aws' }) },
  { name: 'SchedulingCSIPVs', threshold: 48, node: withDisks, before: [{ count: 5000, pod: of({ ...small, volume: 'csi' }) }], measured: of({ ...small, volume: 'csi' }) },
  { name: 'SchedulingWhileGated', threshold: 130, nodesMax: 1, node: oneHuge, before: [{ count: 10_000, pod: of(gate), gated: true }, { count: 5000, pod: of({}) }], measured: of({}), churn: { every: 2, what: 'delete placed' } },
  { name: 'GatedPodsWithPodAffinity', threshold: 110, nodesMax: 1, node: oneHuge, before: [{ count: 10_000, pod: of(gatedTogether), gated: true }], measured: of({ labels: { app: 'scheduler-perf' } }) },
];

export function nodePartsOf({ node = threeZones }: Row, i: number): NodeParts { return node(i); }
