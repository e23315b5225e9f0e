import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import { controllerReference, type Action } from '@kubernode/controller';
import { REVISION_HASH_LABEL } from '../history/controller-revisions.ts';
import { isNamespaceTerminating, podFromTemplate, podNamePrefix } from '../pods.ts';
import { daemonTolerations } from './daemon-node.ts';

type DaemonSet = Readonly<appsV1.DaemonSet>;
type Pod = Readonly<coreV1.Pod>;

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';
const TEMPLATE_GENERATION_LABEL = 'pod-template-generation';
/** At most this many pods are made, and as many deleted, in one go. */
const BURST_MAX = 250;

/** What the API server counts up with every new template; undefined where the annotation is no number. */
function templateGeneration({ metadata }: DaemonSet): string | undefined {
  const text = metadata.annotations?.[TEMPLATE_GENERATION] ?? '';
  return /^[+-]?\d+$/.test(text) ? String(BigInt(text)) : undefined;
}

/** Tells whether a pod is of the present template: by its revision or, from early releases on, by the number of the template. */
export function updatedTest(set: DaemonSet, hash: string): (pod: Pod) => boolean {
  const generation = templateGeneration(set);
  return ({ metadata: { labels } }) => (hash !== '' && labels?.[REVISION_HASH_LABEL] === hash) || (generation !== undefined && labels?.[TEMPLATE_GENERATION_LABEL] === generation);
}

/** The node a pod is on or, until it is bound, made for; '' when it does not tell. */
export function nodeNameOf({ spec }: Pod): string {
  if (isBound(spec)) return spec.nodeName;
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const field = terms.flatMap(({ matchFields = [] }) => matchFields).find(({ key, operator }) => key === 'metadata.name' && operator === 'In');
  return field?.values?.length === 1 ? field.values[0] ?? '' : '';
}

export function isBound<T extends { nodeName?: string }>(spec: T | undefined): spec is T & { nodeName: string } { return spec?.nodeName !== undefined && spec.nodeName !== ''; }

/** Pods that are bound first, then by age. */
export function byAge(a: Pod, b: Pod): number {
  return Number(isBound(b.spec)) - Number(isBound(a.spec))
    || compare(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') || compare(a.metadata.name, b.metadata.name);
}

function compare(a: string, b: string): number { return a < b ? -1 : a > b ? 1 : 0; }

/** Makes and deletes at once; what `failed` gives is done even where one of them is refused. */
export function syncDaemons(set: DaemonSet, { create, remove, hash }: { create: readonly string[]; remove: readonly Pod[]; hash: string }, failed: () => Action[]): Action[] {
  if (create.length + remove.length === 0) return [];
  return [{ do: 'all', failed, actions: [createDaemons(set, create.slice(0, BURST_MAX), hash), deleteDaemons(set, remove.slice(0, BURST_MAX))] }];
}

function createDaemons(set: DaemonSet, nodeNames: readonly string[], hash: string): Action {
  return {
    do: 'slow-start',
    actions: nodeNames.map((nodeName): Action => ({
      do: 'create', resource: coreV1Resources.pods,
      object: podFromTemplate(templateFor(set, nodeName, hash), { namespace: set.metadata.namespace ?? '', generateName: podNamePrefix(set.metadata.name), ownerReference: controllerReference(set, appsV1Resources.daemonsets) }),
      then: (created) => [{ do: 'event', about: set, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${created.metadata.name}` }],
      otherwise: (error) => (isNamespaceTerminating(error) ? { handled: true } : { actions: [{ do: 'event', about: set, type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${error.message}` }] }),
    })),
  };
}

function deleteDaemons(set: DaemonSet, pods: readonly Pod[]): Action {
  return {
    do: 'all',
    actions: pods.map(({ metadata: { name, namespace, uid } }): Action => ({
      do: 'delete', resource: coreV1Resources.pods, target: { name, namespace }, uid,
      then: () => [{ do: 'event', about: set, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` }],
      otherwise: (error) => ({ actions: [{ do: 'event', about: set, type: 'Warning', reason: 'FailedDelete', message: `Error deleting: ${error.message}` }] }),
    })),
  };
}

/** The set's template, marked with its revision and bound to one node by affinity, since the scheduler binds daemons, too. */
function templateFor(set: DaemonSet, nodeName: string, hash: string): coreV1.PodTemplateSpec {
  const { template } = set.spec ?? {};
  const generation = templateGeneration(set);
  const labels = { ...template?.metadata?.labels, ...(generation !== undefined && { [TEMPLATE_GENERATION_LABEL]: generation }), ...(hash !== '' && { [REVISION_HASH_LABEL]: hash }) };
  const pod: coreV1.PodSpec = template?.spec ?? { containers: [] };
  const { affinity } = pod;
  const onNode = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }] } };
  return {
    metadata: { ...template?.metadata, labels } as NonNullable<coreV1.PodTemplateSpec['metadata']>, // a template's metadata has no name
    spec: { ...pod, tolerations: daemonTolerations(pod), affinity: { ...affinity, nodeAffinity: { ...affinity?.nodeAffinity, ...onNode } } },
  };
}
