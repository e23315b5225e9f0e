import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import { controllerReference, type Action } from '@kubernode/controller';
import { REVISION_HASH_LABEL } from '../history/controller-revisions.ts';
import { isNamespaceTerminating } from '../pods.ts';

type StatefulSet = Readonly<appsV1.StatefulSet>;
type Pod = Readonly<coreV1.Pod>;

/** The number at the end of a pod's name; -1 when the name is not the set's own kind of name. */
export function ordinalOf({ metadata: { name } }: Pod, set: StatefulSet): number {
  const rest = name.startsWith(`${set.metadata.name}-`) ? name.slice(set.metadata.name.length + 1) : '';
  return /^\d+$/.test(rest) ? Number(rest) : -1;
}

/** Makes the pod of an ordinal, its claims first; they outlive it. */
export function createPod(set: StatefulSet, ordinal: number, { template, revision, claims }: { template: coreV1.PodTemplateSpec; revision: string; claims: ReadonlySet<string> }): Action[] {
  const name = `${set.metadata.name}-${ordinal}`;
  const missing = (set.spec?.volumeClaimTemplates ?? []).filter((claim) => !claims.has(claimName(claim, name)));
  return [
    ...missing.map((claim) => createClaim(set, claim, name)),
    {
      do: 'create', resource: coreV1Resources.pods, object: newPod(set, ordinal, template, revision),
      then: () => [tell(set, 'Normal', 'SuccessfulCreate', `Create Pod ${name} in StatefulSet ${set.metadata.name} successful`)],
      otherwise: (error) => (isNamespaceTerminating(error) || error.reason === 'AlreadyExists' ? { handled: true } : { actions: [tell(set, 'Warning', 'FailedCreate', `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error.message}`)] }),
    },
  ];
}

export function deletePod(set: StatefulSet, { metadata: { name, namespace, uid } }: Pod): Action {
  return {
    do: 'delete', resource: coreV1Resources.pods, target: { name, namespace }, uid,
    then: () => [tell(set, 'Normal', 'SuccessfulDelete', `Delete Pod ${name} in StatefulSet ${set.metadata.name} successful`)],
    otherwise: (error) => ({ actions: [tell(set, 'Warning', 'FailedDelete', `Delete Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error.message}`)] }),
  };
}

export function tell(about: StatefulSet, type: 'Normal' | 'Warning', reason: string, message: string): Action { return { do: 'event', about, type, reason, message }; }

function claimName(claim: coreV1.PersistentVolumeClaim, podName: string): string { return `${claim.metadata.name}-${podName}`; }

function createClaim(set: StatefulSet, claim: coreV1.PersistentVolumeClaim, podName: string): Action {
  const name = claimName(claim, podName);
  const labels = { ...claim.metadata.labels, ...set.spec?.selector.matchLabels };
  const { annotations } = claim.metadata;
  return {
    do: 'create', resource: coreV1Resources.persistentvolumeclaims,
    object: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: set.metadata.namespace ?? '', labels, ...(annotations !== undefined && { annotations }) }, spec: claim.spec },
    then: () => [tell(set, 'Normal', 'SuccessfulCreate', `Create Claim ${name} Pod ${podName} in StatefulSet ${set.metadata.name} success`)],
    otherwise: (error) => (error.reason === 'AlreadyExists' ? { handled: true } : { actions: [tell(set, 'Warning', 'FailedCreate', `Create Claim ${name} for Pod ${podName} in StatefulSet ${set.metadata.name} failed error: ${error.message}`)] }),
  };
}

function newPod(set: StatefulSet, ordinal: number, template: coreV1.PodTemplateSpec, revision: string): unknown {
  const { metadata, spec } = set;
  const name = `${metadata.name}-${ordinal}`;
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const claimed = (spec?.volumeClaimTemplates ?? []).map((claim): coreV1.Volume => ({ name: claim.metadata.name, persistentVolumeClaim: { claimName: claimName(claim, name) } }));
  const names = new Set(claimed.map((volume) => volume.name));
  const volumes = [...claimed, ...(template.spec?.volumes ?? []).filter((volume) => !names.has(volume.name))];
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, namespace: metadata.namespace ?? '', generateName: `${metadata.name}-`, ownerReferences: [controllerReference(set, appsV1Resources.statefulsets)],
      labels: { ...labels, 'statefulset.kubernetes.io/pod-name': name, 'apps.kubernetes.io/pod-index': `${ordinal}`, [REVISION_HASH_LABEL]: revision },
      ...(annotations && { annotations }), ...(finalizers && { finalizers }),
    },
    spec: { ...template.spec, hostname: name, ...(spec?.serviceName !== undefined && { subdomain: spec.serviceName }), ...(volumes.length > 0 && { volumes }) },
  };
}
