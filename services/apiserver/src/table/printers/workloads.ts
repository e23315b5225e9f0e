import type { appsV1, autoscalingV1, batchV1, coreV1, policyV1 } from '@kubernode/api';
import { parseApiVersion, timeToMs, type ObjectMeta } from '@kubernode/apimachinery';
import { age, bareSelectorText, containerCells, humanDuration, labelsText, selectorText } from '../cell-text.ts';
import { definePrinter, type Printer } from '../printer.ts';

const REPLICA_COLUMNS = 'Name! | Desired:integer | Current:integer | Ready:integer | Age | Containers+ | Images+ | Selector+';

const replicationControllers = definePrinter<coreV1.ReplicationController>({
  group: '', resource: 'replicationcontrollers', columns: REPLICA_COLUMNS,
  cells: ({ metadata, spec, status }, now) => [
    metadata.name, spec?.replicas ?? 0, status?.replicas ?? 0, status?.readyReplicas ?? 0, age(metadata.creationTimestamp, now),
    ...containerCells(spec?.template?.spec), labelsText(spec?.selector),
  ],
});

const replicaSets = definePrinter<appsV1.ReplicaSet>({
  group: 'apps', resource: 'replicasets', columns: REPLICA_COLUMNS,
  cells: ({ metadata, spec, status }, now) => [
    metadata.name, spec?.replicas ?? 0, status?.replicas ?? 0, status?.readyReplicas ?? 0, age(metadata.creationTimestamp, now),
    ...containerCells(spec?.template?.spec), selectorText(spec?.selector),
  ],
});

const deployments = definePrinter<appsV1.Deployment>({
  group: 'apps', resource: 'deployments', columns: 'Name! | Ready | Up-to-date | Available | Age | Containers+ | Images+ | Selector+',
  cells: ({ metadata, spec, status }, now) => [
    metadata.name, `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`, status?.updatedReplicas ?? 0, status?.availableReplicas ?? 0, age(metadata.creationTimestamp, now),
    ...containerCells(spec?.template?.spec), bareSelectorText(spec?.selector),
  ],
});

const statefulSets = definePrinter<appsV1.StatefulSet>({
  group: 'apps', resource: 'statefulsets', columns: 'Name! | Ready | Age | Containers+ | Images+',
  cells: ({ metadata, spec, status }, now) => [
    metadata.name, `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`, age(metadata.creationTimestamp, now), ...containerCells(spec?.template?.spec),
  ],
});

const daemonSets = definePrinter<appsV1.DaemonSet>({
  group: 'apps', resource: 'daemonsets',
  columns: 'Name! | Desired:integer | Current:integer | Ready:integer | Up-to-date:integer | Available:integer | Node Selector | Age | Containers+ | Images+ | Selector+',
  cells: ({ metadata, spec, status }, now) => [
    metadata.name, status?.desiredNumberScheduled ?? 0, status?.currentNumberScheduled ?? 0, status?.numberReady ?? 0, status?.updatedNumberScheduled ?? 0,
    status?.numberAvailable ?? 0, labelsText(spec?.template?.spec?.nodeSelector), age(metadata.creationTimestamp, now),
    ...containerCells(spec?.template?.spec), selectorText(spec?.selector),
  ],
});

const controllerRevisions = definePrinter<appsV1.ControllerRevision>({
  group: 'apps', resource: 'controllerrevisions', columns: 'Name! | Controller | Revision | Age',
  cells: ({ metadata, revision }, now) => [metadata.name, controllerText(metadata), revision ?? 0, age(metadata.creationTimestamp, now)],
});

function controllerText({ ownerReferences }: ObjectMeta): string {
  const owner = ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return '<none>';
  const { group } = parseApiVersion(owner.apiVersion);
  return `${(group === '' ? owner.kind : `${owner.kind}.${group}`).toLowerCase()}/${owner.name}`;
}

const jobs = definePrinter<batchV1.Job>({
  group: 'batch', resource: 'jobs', columns: 'Name! | Status | Completions | Duration | Age | Containers+ | Images+ | Selector+',
  cells: (job, now) => [
    job.metadata.name, jobStatus(job), jobCompletions(job), jobDuration(job, now), age(job.metadata.creationTimestamp, now),
    ...containerCells(job.spec?.template?.spec), selectorText(job.spec?.selector),
  ],
});

function jobCompletions({ spec, status }: Readonly<batchV1.Job>): string {
  const succeeded = status?.succeeded ?? 0;
  if (typeof spec?.completions === 'number') return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration({ status }: Readonly<batchV1.Job>, now: number): string {
  const start = timeToMs(status?.startTime);
  return start === undefined ? '' : humanDuration((timeToMs(status?.completionTime) ?? now) - start);
}

function jobStatus({ metadata, status }: Readonly<batchV1.Job>): string {
  const holds = (wanted: string): boolean => status?.conditions?.find(({ type }) => type === wanted)?.status === 'True';
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  return ['FailureTarget', 'SuccessCriteriaMet'].find(holds) ?? 'Running';
}

const cronJobs = definePrinter<batchV1.CronJob>({
  group: 'batch', resource: 'cronjobs',
  columns: 'Name! | Schedule | Timezone | Suspend:boolean | Active:integer | Last Schedule | Age | Containers+ | Images+ | Selector+',
  cells: ({ metadata, spec, status }, now) => [
    metadata.name, spec?.schedule ?? '', spec?.timeZone ?? '<none>', spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False', status?.active?.length ?? 0,
    typeof status?.lastScheduleTime !== 'string' ? '<none>' : age(status.lastScheduleTime, now), age(metadata.creationTimestamp, now),
    ...containerCells(spec?.jobTemplate?.spec?.template?.spec), selectorText(spec?.jobTemplate?.spec?.selector),
  ],
});

const podDisruptionBudgets = definePrinter<policyV1.PodDisruptionBudget>({
  group: 'policy', resource: 'poddisruptionbudgets', columns: 'Name! | Min Available | Max Unavailable | Allowed Disruptions:integer | Age',
  cells: ({ metadata, spec, status }, now) => [
    metadata.name, String(spec?.minAvailable ?? 'N/A'), String(spec?.maxUnavailable ?? 'N/A'), status?.disruptionsAllowed ?? 0, age(metadata.creationTimestamp, now),
  ],
});

/** The scale subresource of any workload. */
export const scalePrinter: Printer = definePrinter<autoscalingV1.Scale>({
  group: 'autoscaling', resource: 'scales', columns: 'Name | Desired:integer | Available:integer | Age',
  cells: ({ metadata, spec, status }, now) => [metadata.name, spec?.replicas ?? 0, status?.replicas ?? 0, age(metadata.creationTimestamp, now)],
});

export const workloadPrinters: readonly Printer[] = [
  replicationControllers, replicaSets, deployments, statefulSets, daemonSets, controllerRevisions, jobs, cronJobs, podDisruptionBudgets,
];
