import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import { controllerReference, type Action } from '@kubernode/controller';
import { REVISION_HASH_LABEL } from '../history/controller-revisions.ts';
import { isNamespaceTerminating, podFromTemplate } from '../pods.ts';
import { daemonTolerations } from './daemon-node.ts';

type DaemonSet = Readonly<appsV1.DaemonSet>;
type Pod = Readonly<coreV1.Pod>;

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';
const TEMPLATE_GENERATION_LABEL = 'pod-template-generation';

/** Whether a pod is of the present template. */
export function isUpdated({ metadata: { labels } }: Pod, set: DaemonSet, hash: string): boolean {
  return labels?.[REVISION_HASH_LABEL] === hash || (set.metadata.annotations?.[TEMPLATE_GENERATION] !== undefined && labels?.[TEMPLATE_GENERATION_LABEL] === set.metadata.annotations[TEMPLATE_GENERATION]);
}

/** The node a pod is on or, until it is bound, made for. */
export function nodeNameOf({ spec }: Pod): string {
  if (spec?.nodeName !== undefined && spec.nodeName !== '') return spec.nodeName;
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms.flatMap(({ matchFields = [] }) => matchFields).find(({ key, operator, values }) => key === 'metadata.name' && operator === 'In' && values?.length === 1)?.values?.[0] ?? '';
}

export function createDaemons(set: DaemonSet, nodeNames: readonly string[], hash: string): Action {
  return {
    do: 'slow-start',
    actions: nodeNames.map((nodeName): Action => ({
      do: 'create', resource: coreV1Resources.pods,
      object: podFromTemplate(templateFor(set, nodeName, hash), { namespace: set.metadata.namespace ?? '', generateName: `${set.metadata.name}-`, ownerReference: controllerReference(set, appsV1Resources.daemonsets) }),
      then: (created) => [{ do: 'event', about: set, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${created.metadata.name}` }],
      otherwise: (error) => (isNamespaceTerminating(error) ? { handled: true } : { actions: [{ do: 'event', about: set, type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${error.message}` }] }),
    })),
  };
}

export function deleteDaemons(set: DaemonSet, pods: readonly Pod[]): Action {
  return {
    do: 'all',
    actions: pods.map(({ metadata: { name, namespace, uid } }): Action => ({
      do: 'delete', resource: coreV1Resources.pods, target: { name, namespace }, uid,
      then: () => [{ do: 'event', about: set, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` }],
      otherwise: (error) => ({ actions: [{ do: 'event', about: set, type: 'Warning', reason: 'FailedDelete', message: `Error deleting: ${error.message}` }] }),
    })),
  };
}

function templateFor({ metadata, spec }: DaemonSet, nodeName: string, hash: string): coreV1.PodTemplateSpec {
  const { template } = spec ?? {};
  const generation = metadata.annotations?.[TEMPLATE_GENERATION];
  const labels = { ...template?.metadata?.labels, ...(generation !== undefined && { [TEMPLATE_GENERATION_LABEL]: generation }), [REVISION_HASH_LABEL]: hash };
  const pod: coreV1.PodSpec = template?.spec ?? { containers: [] };
  const { affinity } = pod;
  const onNode = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }] } };
  return {
    metadata: { ...template?.metadata, labels } as NonNullable<coreV1.PodTemplateSpec['metadata']>, // a template's metadata has no name
    spec: { ...pod, tolerations: daemonTolerations(pod), affinity: { ...affinity, nodeAffinity: { ...affinity?.nodeAffinity, ...onNode } } },
  };
}
