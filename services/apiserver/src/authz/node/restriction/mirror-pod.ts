import type { coreV1 } from '@kubernode/api';
import { goQuote, type KubeObject } from '@kubernode/apimachinery';
import { namesOf } from '../node-references.ts';

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/** Why a node may not create a pod; undefined when it may: it shows a static pod of the node, and uses nothing of the API. */
export function mirrorPodFault(node: string, pod: Readonly<coreV1.Pod>, ownNode: () => Readonly<coreV1.Node>): string | undefined {
  const { metadata, spec } = pod;
  const who = `node ${goQuote(node)}`;
  if (metadata.annotations?.[MIRROR_ANNOTATION] === undefined) return `pod does not have ${goQuote(MIRROR_ANNOTATION)} annotation, ${who} can only create mirror pods`;
  if (spec?.nodeName !== node) return `${who} can only create pods with spec.nodeName set to itself`;
  const used = referencedKind(pod);
  return ownerFault(node, metadata.ownerReferences ?? [], ownNode) ?? (used === undefined ? undefined : `${who} can not create pods that reference ${used}`);
}

type Owner = NonNullable<coreV1.Pod['metadata']['ownerReferences']>[number];

function ownerFault(node: string, [owner, second]: readonly Owner[], ownNode: () => Readonly<coreV1.Node>): string | undefined {
  const who = `node ${goQuote(node)}`;
  if (second !== undefined) return `${who} can only create pods with a single owner reference set to itself`;
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) return `${who} can only create pods with an owner reference set to itself`;
  if (owner.controller !== true) return `${who} can only create pods with a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion === true) return `${who} must not set blockOwnerDeletion on an owner reference`;
  const uid = ownNode().metadata.uid ?? '';
  return owner.uid === uid ? undefined : `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`;
}

/** What of the API a pod uses, in the words of Kubernetes; undefined when it uses nothing. */
function referencedKind(pod: Readonly<coreV1.Pod>): string | undefined {
  if (pod.spec?.serviceAccountName) return 'serviceaccounts';
  if (namesOf(pod, 'secrets')) return 'secrets';
  if (namesOf(pod, 'configmaps')) return 'configmaps';
  if (pod.spec?.resourceClaims?.length) return 'resourceclaims';
  for (const volume of pod.spec?.volumes ?? []) {
    const kind = kindOfVolume(volume);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** Volumes that are not named here stand on their own; the first source that is set counts. */
const VOLUME_KINDS: Readonly<Record<string, string>> = {
  configMap: 'configmaps (via configmap volumes)', secret: 'secrets (via secret volumes)', csi: 'csidrivers (via CSI volumes)', glusterfs: 'endpoints (via glusterFS volumes)',
  persistentVolumeClaim: 'persistentvolumeclaims', ephemeral: 'persistentvolumeclaims (via ephemeral volumes)', azureFile: 'secrets (via azureFile volumes)',
};
const PROJECTED_KINDS: Readonly<Record<string, string>> = {
  configMap: 'configmaps (via projected volumes)', secret: 'secrets (via projected volumes)', serviceAccountToken: 'serviceaccounts (via projected volumes)',
  clusterTrustBundle: 'clustertrustbundles', podCertificate: 'podcertificates',
};

function kindOfVolume(volume: Readonly<coreV1.Volume>): string | undefined {
  return kindIn(volume, VOLUME_KINDS) ?? volume.projected?.sources?.map((source) => kindIn(source, PROJECTED_KINDS)).find((kind) => kind !== undefined);
}

function kindIn(source: object, kinds: Readonly<Record<string, string>>): string | undefined {
  const fields = source as Readonly<Record<string, unknown>>; // read only
  const field = Object.keys(kinds).find((key) => fields[key] !== undefined && fields[key] !== null);
  return field === undefined ? undefined : kinds[field];
}

/** The node of a pod. */
export function nodeOf(pod: Readonly<KubeObject | coreV1.Pod> | undefined): string {
  return (pod as coreV1.Pod | undefined)?.spec?.nodeName ?? ''; // called with pods, and slices that have it at the same place
}
