import type { StateKind } from './family.ts';
import { exposeKind } from './expose-kind.ts';
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
import { stateMetrics } from './state-metrics.ts';

/** The samples of one object, without the comments, sorted. */
function samplesOf<T>(kind: StateKind<T>, object: object): string[] {
  return [...exposeKind(kind, [object as T])].join('').split('\n').filter((line) => line !== '' && !line.startsWith('#')).sort(); // what the table says of it is enough
}

/** Of these, the ones of a name, without what is the same for all. */
const named = (samples: readonly string[], name: string, identity: string): string[] => samples.filter((line) => line.startsWith(`${name}{`)).map((line) => line.slice(name.length).replace(`{${identity}`, '{').replace('{,', '{'));

const meta = { namespace: 'd', name: 'x', uid: 'u', creationTimestamp: '2026-01-01T00:00:01Z' };
const condition = (type: string, status: string, more = {}): object => ({ type, status, lastTransitionTime: '2026-01-01T00:00:02Z', ...more });
const owner = { kind: 'ReplicaSet', name: 'r', controller: true, apiVersion: 'apps/v1', uid: 'o' };
const CREATED = 1_767_225_601;

const pod = {
  metadata: { ...meta, ownerReferences: [owner] },
  spec: {
    nodeName: 'n', hostNetwork: true, restartPolicy: 'Always', schedulerName: 's', serviceAccountName: 'a',
    containers: [{ name: 'c', image: 'i:1', resources: { requests: { cpu: '1500m', memory: '1Ki', 'example.com/gpu': '2', 'hugepages-2Mi': '4Mi' }, limits: { cpu: '2' } } }],
    volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'pvc' } }, { name: 'e', ephemeral: {} }],
  },
  status: {
    phase: 'Running', podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }], hostIP: '1.2.3.4', qosClass: 'Burstable', startTime: '2026-01-01T00:00:03Z', conditions: [condition('Ready', 'False'), condition('PodScheduled', 'True')],
    containerStatuses: [{ name: 'c', image: 'sha', imageID: 'id', containerID: 'k', ready: false, restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { reason: 'Error', exitCode: 7, finishedAt: '2026-01-01T00:00:04Z' } } }],
  },
};
const POD = 'namespace="d",pod="x",uid="u"';

test.each<[string, string[]]>([
  ['kube_pod_info', ['{host_ip="1.2.3.4",pod_ip="10.0.0.1",node="n",created_by_kind="ReplicaSet",created_by_name="r",priority_class="",host_network="true"} 1']],
  ['kube_pod_ips', ['{ip="10.0.0.1",ip_family="4"} 1', '{ip="fd00::1",ip_family="6"} 1']],
  ['kube_pod_owner', ['{owner_kind="ReplicaSet",owner_name="r",owner_is_controller="true"} 1']],
  ['kube_pod_created', [`{} ${CREATED}`]],
  ['kube_pod_deletion_timestamp', []],
  ['kube_pod_start_time', [`{} ${CREATED + 2}`]],
  ['kube_pod_status_phase', ['{phase="Failed"} 0', '{phase="Pending"} 0', '{phase="Running"} 1', '{phase="Succeeded"} 0', '{phase="Unknown"} 0']],
  ['kube_pod_status_ready', ['{condition="false"} 1', '{condition="true"} 0', '{condition="unknown"} 0']],
  ['kube_pod_status_ready_time', []],
  ['kube_pod_status_scheduled_time', [`{} ${CREATED + 1}`]],
  ['kube_pod_status_qos_class', ['{qos_class="BestEffort"} 0', '{qos_class="Burstable"} 1', '{qos_class="Guaranteed"} 0']],
  ['kube_pod_spec_volumes_persistentvolumeclaims_info', ['{volume="e",persistentvolumeclaim="x-e",ephemeral="true"} 1', '{volume="v",persistentvolumeclaim="pvc",ephemeral="false"} 1']],
  ['kube_pod_container_info', ['{container="c",image_spec="i:1",image="sha",image_id="id",container_id="k"} 1']],
  ['kube_pod_container_resource_requests', ['{container="c",node="n",resource="cpu",unit="core"} 1.5', '{container="c",node="n",resource="example_com_gpu",unit="integer"} 2', '{container="c",node="n",resource="hugepages_2Mi",unit="byte"} 4194304', '{container="c",node="n",resource="memory",unit="byte"} 1024']],
  ['kube_pod_container_resource_limits', ['{container="c",node="n",resource="cpu",unit="core"} 2']],
  ['kube_pod_container_status_waiting_reason', ['{container="c",reason="CrashLoopBackOff"} 1']],
  ['kube_pod_container_status_running', ['{container="c"} 0']],
  ['kube_pod_container_status_terminated_reason', []],
  ['kube_pod_container_status_last_terminated_exitcode', ['{container="c"} 7']],
  ['kube_pod_container_status_last_terminated_timestamp', [`{container="c"} ${CREATED + 3}`]],
  ['kube_pod_container_status_restarts_total', ['{container="c"} 3']],
  ['kube_pod_init_container_status_ready', []],
])('pods show %s', (name, expected) => { expect(named(samplesOf(pods, pod), name, POD)).toEqual(expected); });

test.each<[string, object, string[]]>([
  ['none', {}, []],
  ['of the pod', { reason: 'Evicted' }, ['Evicted']],
  ['of a condition', { conditions: [condition('PodScheduled', 'False', { reason: 'SchedulingGated' })] }, ['SchedulingGated']],
  ['that nobody knows', { reason: 'Odd' }, ['Other']],
])('kube_pod_status_reason with a reason %s', (_, status, reasons) => {
  expect(named(samplesOf(pods, { metadata: meta, status }), 'kube_pod_status_reason', POD)).toEqual(reasons.map((reason) => `{reason="${reason}"} 1`));
});

test('a pod without owners has one owner without a name', () => {
  expect(named(samplesOf(pods, { metadata: meta }), 'kube_pod_owner', POD)).toEqual(['{owner_kind="",owner_name="",owner_is_controller=""} 1']);
});

const status = (name: string, labels: string, holds: string): string[] => ['false', 'true', 'unknown'].map((one) => `${name}{${labels},status="${one}"} ${Number(one === holds)}`);

test('nodes show what they are, have and lack', () => {
  const node = {
    metadata: { name: 'n', labels: { 'node-role.kubernetes.io/worker': '' } }, spec: { unschedulable: true, podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24'], taints: [{ key: 'k', effect: 'NoSchedule' }] },
    status: { allocatable: { cpu: '2', pods: '110' }, capacity: { memory: '1Mi' }, conditions: [condition('Ready', 'Unknown')], addresses: [{ type: 'InternalIP', address: '1.1.1.1' }], nodeInfo: { kernelVersion: '6', osImage: 'o', containerRuntimeVersion: 'c', kubeletVersion: 'v1', systemUUID: 's' } },
  };
  expect(samplesOf(nodes, node)).toEqual([
    'kube_node_info{node="n",kernel_version="6",os_image="o",container_runtime_version="c",kubelet_version="v1",kubeproxy_version="deprecated",provider_id="",pod_cidr="10.1.0.0/24",system_uuid="s",internal_ip="1.1.1.1"} 1',
    'kube_node_role{node="n",role="worker"} 1', 'kube_node_spec_pod_cidrs{node="n",pod_cidr="10.1.0.0/24"} 1', 'kube_node_spec_taint{node="n",key="k",value="",effect="NoSchedule"} 1', 'kube_node_spec_unschedulable{node="n"} 1',
    'kube_node_status_addresses{node="n",type="InternalIP",address="1.1.1.1"} 1',
    'kube_node_status_allocatable{node="n",resource="cpu",unit="core"} 2', 'kube_node_status_allocatable{node="n",resource="pods",unit="integer"} 110', 'kube_node_status_capacity{node="n",resource="memory",unit="byte"} 1048576',
    ...status('kube_node_status_condition', 'node="n",condition="Ready"', 'unknown'),
  ]);
});

test.each<[string, StateKind<never>, object, string[]]>([
  ['deployments', deployments as StateKind<never>, { metadata: meta, spec: { replicas: 4, strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } } }, status: { replicas: 3, conditions: [condition('Available', 'True', { reason: 'Invented' })] } }, [
    `kube_deployment_created{namespace="d",deployment="x"} ${CREATED}`, 'kube_deployment_spec_replicas{namespace="d",deployment="x"} 4', 'kube_deployment_spec_strategy_rollingupdate_max_surge{namespace="d",deployment="x"} 1',
    'kube_deployment_spec_strategy_rollingupdate_max_unavailable{namespace="d",deployment="x"} 1', 'kube_deployment_status_replicas{namespace="d",deployment="x"} 3', 'kube_deployment_status_condition{namespace="d",deployment="x",reason="unknown",condition="Available",status="true"} 1',
  ]],
  ['replica sets', replicaSets as StateKind<never>, { metadata: { ...meta, generation: 2 }, spec: { replicas: 1 } }, ['kube_replicaset_metadata_generation{namespace="d",replicaset="x"} 2', 'kube_replicaset_owner{namespace="d",replicaset="x",owner_kind="",owner_name="",owner_is_controller=""} 1', 'kube_replicaset_spec_replicas{namespace="d",replicaset="x"} 1']],
  ['stateful sets', statefulSets as StateKind<never>, { metadata: meta, spec: { replicas: 2 }, status: { currentRevision: 'a', updateRevision: 'b' } }, ['kube_statefulset_replicas{namespace="d",statefulset="x"} 2', 'kube_statefulset_status_current_revision{namespace="d",statefulset="x",revision="a"} 1', 'kube_statefulset_status_update_revision{namespace="d",statefulset="x",revision="b"} 1']],
  ['daemon sets', daemonSets as StateKind<never>, { metadata: meta, status: { desiredNumberScheduled: 3, numberMisscheduled: 1 } }, ['kube_daemonset_status_desired_number_scheduled{namespace="d",daemonset="x"} 3', 'kube_daemonset_status_number_misscheduled{namespace="d",daemonset="x"} 1', 'kube_daemonset_status_number_available{namespace="d",daemonset="x"} 0']],
  ['failed jobs', jobs as StateKind<never>, { metadata: meta, spec: {}, status: { failed: 2, conditions: [condition('Failed', 'True', { reason: 'BackoffLimitExceeded' })] } }, ['kube_job_failed{namespace="d",job_name="x",condition="true"} 1', 'kube_job_status_failed{namespace="d",job_name="x",reason="BackoffLimitExceeded"} 1', 'kube_job_status_failed{namespace="d",job_name="x",reason="Evicted"} 0']],
  ['jobs that fail for something else', jobs as StateKind<never>, { metadata: meta, status: { failed: 2, startTime: '2026-01-01T00:00:01Z' } }, ['kube_job_status_failed{namespace="d",job_name="x",reason=""} 2', `kube_job_status_start_time{namespace="d",job_name="x"} ${CREATED}`]],
  ['cron jobs', cronJobs as StateKind<never>, { metadata: { ...meta, resourceVersion: '7' }, spec: { schedule: '*/5 * * * *', concurrencyPolicy: 'Allow' } }, ['kube_cronjob_info{namespace="d",cronjob="x",schedule="*/5 * * * *",concurrency_policy="Allow",timezone="local"} 1', `kube_cronjob_next_schedule_time{namespace="d",cronjob="x"} ${CREATED + 299}`, 'kube_cronjob_spec_suspend{namespace="d",cronjob="x"} 0', 'kube_cronjob_metadata_resource_version{namespace="d",cronjob="x"} 7']],
  ['cron jobs without a time', cronJobs as StateKind<never>, { metadata: meta, spec: { schedule: 'never' } }, ['kube_cronjob_schedule_invalid{namespace="d",cronjob="x"} 1']],
  ['autoscalers', autoscalers as StateKind<never>, { metadata: meta, spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'y' } }, status: { desiredReplicas: 2 } }, ['kube_horizontalpodautoscaler_info{namespace="d",horizontalpodautoscaler="x",scaletargetref_api_version="apps/v1",scaletargetref_kind="Deployment",scaletargetref_name="y"} 1', 'kube_horizontalpodautoscaler_spec_max_replicas{namespace="d",horizontalpodautoscaler="x"} 5', 'kube_horizontalpodautoscaler_spec_min_replicas{namespace="d",horizontalpodautoscaler="x"} 1', 'kube_horizontalpodautoscaler_status_desired_replicas{namespace="d",horizontalpodautoscaler="x"} 2']],
  ['disruption budgets', disruptionBudgets as StateKind<never>, { metadata: meta, status: { desiredHealthy: 2, currentHealthy: 1 } }, ['kube_poddisruptionbudget_status_current_healthy{namespace="d",poddisruptionbudget="x"} 1', 'kube_poddisruptionbudget_status_desired_healthy{namespace="d",poddisruptionbudget="x"} 2']],
  ['quotas', resourceQuotas as StateKind<never>, { metadata: meta, status: { hard: { 'requests.cpu': '1' }, used: { 'requests.cpu': '250m' } } }, ['kube_resourcequota{namespace="d",resourcequota="x",resource="requests.cpu",type="hard"} 1', 'kube_resourcequota{namespace="d",resourcequota="x",resource="requests.cpu",type="used"} 0.25']],
  ['volumes', persistentVolumes as StateKind<never>, { metadata: { name: 'v' }, spec: { capacity: { storage: '1Gi' }, hostPath: { path: '/p' }, claimRef: { namespace: 'd', name: 'c' }, accessModes: ['ReadWriteOnce'] }, status: { phase: 'Bound' } }, ['kube_persistentvolume_status_phase{persistentvolume="v",phase="Bound"} 1', 'kube_persistentvolume_status_phase{persistentvolume="v",phase="Failed"} 0', 'kube_persistentvolume_capacity_bytes{persistentvolume="v"} 1073741824', 'kube_persistentvolume_claim_ref{persistentvolume="v",name="c",claim_namespace="d"} 1']],
  ['claims', persistentVolumeClaims as StateKind<never>, { metadata: meta, spec: { storageClassName: 's', accessModes: ['ReadOnlyMany'], resources: { requests: { storage: '1Ki' } } }, status: { phase: 'Pending' } }, ['kube_persistentvolumeclaim_access_mode{namespace="d",persistentvolumeclaim="x",access_mode="ReadOnlyMany"} 1', 'kube_persistentvolumeclaim_info{namespace="d",persistentvolumeclaim="x",storageclass="s",volumename="",volumemode=""} 1', 'kube_persistentvolumeclaim_resource_requests_storage_bytes{namespace="d",persistentvolumeclaim="x"} 1024', 'kube_persistentvolumeclaim_status_phase{namespace="d",persistentvolumeclaim="x",phase="Pending"} 1']],
  ['namespaces', namespaces as StateKind<never>, { metadata: { name: 'd' }, status: { phase: 'Terminating' } }, ['kube_namespace_status_phase{namespace="d",phase="Active"} 0', 'kube_namespace_status_phase{namespace="d",phase="Terminating"} 1']],
  ['services', services as StateKind<never>, { metadata: meta, spec: { type: 'ClusterIP', clusterIP: '10.96.0.9' } }, ['kube_service_info{namespace="d",service="x",uid="u",cluster_ip="10.96.0.9",external_name="",load_balancer_ip="",external_traffic_policy=""} 1', 'kube_service_spec_type{namespace="d",service="x",uid="u",type="ClusterIP"} 1']],
])('%s show what kube-state-metrics shows of them', (_, kind, object, expected) => { expect(samplesOf(kind, object)).toEqual(expect.arrayContaining(expected)); });

test('stateMetrics tells of objects only while it leads, and of whole lists only', () => {
  const lists = { hasSynced: false, lister: { list: () => [{ metadata: { name: 'x' }, spec: {}, status: {} }] } };
  const metrics = stateMetrics({ informer: () => lists as never }); // what it uses of an informer
  const text = (): string => [...metrics.page()].join('');
  expect(text()).toBe('');
  {
    using _led = metrics.lead();
    expect(text()).toBe('');
    lists.hasSynced = true;
    expect(text()).toMatch(/# HELP kube_node_info .*\n# TYPE kube_node_info gauge\nkube_node_info\{node="x",/);
    expect(text().match(/^# TYPE (\S+)/gm)).toHaveLength(new Set(text().match(/^# TYPE (\S+)/gm)).size);
  }
  expect(text()).toBe('');
});

test('exposeKind escapes values and tells a family at a time', () => {
  const text = [...exposeKind(namespaces, [{ metadata: { name: 'a"b\\' }, status: { phase: 'Active' } }, { metadata: { name: 'c' }, status: { phase: 'Active' } }] as never[])].join(''); // in short
  expect(text).toContain('kube_namespace_status_phase{namespace="a\\"b\\\\",phase="Active"} 1\n');
  expect(text.match(/# TYPE kube_namespace_status_phase/g)).toHaveLength(1);
});
