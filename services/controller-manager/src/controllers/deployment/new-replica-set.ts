import { type StatusError } from '@kubernode/apimachinery';
import { appsV1Resources, type appsV1 } from '@kubernode/api';
import { controllerReference, type Action } from '@kubernode/controller';
import { withCondition } from '../conditions.ts';
import { podTemplateHash } from '../pod-template-hash/pod-template-hash.ts';
import { sameTemplate, TEMPLATE_HASH_LABEL } from '../pod-template-hash/same-template.ts';
import { deploymentCondition, hasProgressDeadline } from './deployment-status.ts';
import { maxRevision, newReplicaSetAnnotations, REVISION } from './revisions.ts';
import { newSetSize } from './scaling.ts';

type Deployment = Readonly<appsV1.Deployment>;
type ReplicaSet = Readonly<appsV1.ReplicaSet>;

const NAME_MAX = 253;

/** The ReplicaSet of the Deployment's present template, not yet created. */
export function makeReplicaSet(deployment: Deployment, oldSets: readonly ReplicaSet[]): appsV1.ReplicaSet {
  const { metadata, spec } = deployment;
  const template = spec?.template ?? {};
  const hash = podTemplateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH_LABEL]: hash };
  return {
    apiVersion: 'apps/v1', kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name.slice(0, NAME_MAX - 1 - hash.length)}-${hash}`, namespace: metadata.namespace ?? '', labels,
      annotations: newReplicaSetAnnotations(deployment, {}, maxRevision(oldSets) + 1n, false),
      ownerReferences: [controllerReference(deployment, appsV1Resources.deployments)],
    },
    spec: {
      replicas: newSetSize(deployment, oldSets, 0),
      ...(spec?.minReadySeconds !== undefined && spec.minReadySeconds !== 0 && { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec?.selector, matchLabels: { ...spec?.selector.matchLabels, [TEMPLATE_HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } as NonNullable<typeof template.metadata> }, // a template's metadata has no name
    },
  };
}

/** Creates it, tells so, and notes revision and progress on the Deployment. `byName` is what has that name already. */
export function createReplicaSet(deployment: Deployment, oldSets: readonly ReplicaSet[], { byName, nowMs }: { byName(name: string): ReplicaSet | undefined; nowMs: number }): Action[] {
  const set = makeReplicaSet(deployment, oldSets);
  const revision = set.metadata.annotations?.[REVISION] ?? '';
  const size = set.spec?.replicas ?? 0;
  return [{
    do: 'create', resource: appsV1Resources.replicasets, object: set,
    then: () => [
      ...(size > 0 ? [scalingEvent(deployment, set.metadata.name, 0, size)] : []),
      noteProgress(deployment, { revision, status: 'True', reason: 'NewReplicaSetCreated', message: `Created new replica set "${set.metadata.name}"`, nowMs }),
    ],
    otherwise: (error) => refused(deployment, set, byName(set.metadata.name), error, nowMs),
  }];
}

export function scalingEvent(deployment: Deployment, name: string, from: number, to: number): Action {
  return { do: 'event', about: deployment, type: 'Normal', reason: 'ScalingReplicaSet', message: `Scaled ${from < to ? 'up' : 'down'} replica set ${name} from ${from} to ${to}` };
}

/** A taken name is either an earlier try of ours or a hash collision; other refusals are told to the user. */
function refused(deployment: Deployment, set: appsV1.ReplicaSet, present: ReplicaSet | undefined, error: StatusError, nowMs: number): { actions: Action[]; handled?: boolean } {
  if (error.reason === 'AlreadyExists') {
    const ours = present?.metadata.ownerReferences?.some(({ controller, uid }) => controller === true && uid === deployment.metadata.uid) === true;
    if (present === undefined || (ours && sameTemplate(present.spec?.template ?? {}, deployment.spec?.template ?? {}))) return { actions: [] }; // the watch will show it
    return { actions: [updateStatus({ ...deployment, status: { ...deployment.status, collisionCount: (deployment.status?.collisionCount ?? 0) + 1 } })] };
  }
  if (error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true) return { actions: [] };
  const message = `Failed to create new replica set "${set.metadata.name}": ${error.message}`;
  return {
    actions: [
      { do: 'event', about: deployment, type: 'Warning', reason: 'ReplicaSetCreateError', message },
      ...(hasProgressDeadline(deployment) ? [noteProgress(deployment, { status: 'False', reason: 'ReplicaSetCreateError', message, nowMs })] : []),
    ],
  };
}

interface Progress { revision?: string; status: string; reason: string; message: string; nowMs: number }

function noteProgress(deployment: Deployment, { revision, status, reason, message, nowMs }: Progress): Action {
  const conditions = deployment.status?.conditions ?? [];
  return updateStatus({
    ...deployment,
    metadata: revision === undefined ? deployment.metadata : { ...deployment.metadata, annotations: { ...deployment.metadata.annotations, [REVISION]: revision } },
    status: { ...deployment.status, ...(hasProgressDeadline(deployment) && { conditions: withCondition(conditions, deploymentCondition('Progressing', status, reason, message, nowMs)) }) },
  });
}

/** A Deployment's status endpoint takes its annotations, too. */
export function updateStatus(deployment: Deployment): Action {
  return { do: 'update', resource: appsV1Resources.deployments, object: deployment, subresource: 'status' };
}
