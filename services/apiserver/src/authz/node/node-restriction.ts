import type { authenticationV1, coreV1 } from '@kubernode/api';
import { forbidden, type KubeObject, notFound } from '@kubernode/apimachinery';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission/admission.ts';
import type { ObjectSources } from '../../endpoints/endpoint.ts';
import type { Authorizer } from '../../pipeline/api-request.ts';
import { jsonEquals } from '../../registry/write/json-equals.ts';
import { nodeNameOf } from './node-authorizer.ts';
import { forbiddenLabels, modifiedLabels } from './node-labels.ts';

export interface NodeRestrictionDeps { sources: ObjectSources; authorizer: Authorizer }

/** What was found wrong; undefined when nothing is. */
type Fault = string | undefined;

/** Holds nodes to their own objects, where the authorizer only knows the kind: the other half of the Node authorizer. */
export function nodeRestriction({ sources, authorizer }: NodeRestrictionDeps): AdmissionPlugin {
  const pods = sources<coreV1.Pod & KubeObject>({ group: '', resource: 'pods' });
  const check = (attributes: AdmissionAttributes): void => {
    const node = nodeNameOf(attributes.user);
    if (node === undefined) return;
    const pod = (name: string): Readonly<coreV1.Pod> => {
      const found = pods.get(attributes.namespace, name);
      if (found === undefined) throw notFound({ group: '', resource: 'pods' }, name);
      return found;
    };
    const fault = node === '' ? `could not determine node from user ${JSON.stringify(attributes.user.name)}` : faultOf(node, attributes, { pod, authorizer });
    if (fault !== undefined) throw forbidden(attributes, attributes.name, fault);
  };
  return {
    name: 'NodeRestriction',
    admit: check,
    validate: (attributes) => { if (attributes.operation === 'DELETE') check(attributes); }, // deletions are only validated
  };
}

interface Lookups { pod(name: string): Readonly<coreV1.Pod>; authorizer: Authorizer }

function faultOf(node: string, attributes: AdmissionAttributes, lookups: Lookups): Fault {
  const { group, resource, subresource } = attributes;
  switch (group === '' ? resource : `${resource}.${group}`) {
    case 'pods': return podFault(node, attributes, lookups);
    case 'nodes': return nodeFault(node, attributes);
    case 'persistentvolumeclaims': return subresource === 'status' ? claimStatusFault(node, attributes) : 'may only update PVC status';
    case 'serviceaccounts': return subresource === 'token' ? tokenFault(node, attributes, lookups) : undefined;
    case 'leases.coordination.k8s.io': return leaseFault(node, attributes);
    case 'csinodes.storage.k8s.io': return attributes.name === node ? undefined : 'can only access CSINode with the same name as the requesting node';
    case 'resourceslices.resource.k8s.io': return sliceFault(node, attributes);
    default: return undefined;
  }
}

function podFault(node: string, attributes: AdmissionAttributes, lookups: Lookups): Fault {
  const { operation, subresource, name, object, oldObject } = attributes;
  const who = `node ${JSON.stringify(node)}`;
  switch (subresource) {
    case '':
      if (operation === 'CREATE') return mirrorPodFault(node, object as coreV1.Pod & KubeObject); // pods are created here
      if (operation !== 'DELETE') return `unexpected operation ${JSON.stringify(operation)}, ${who} can only create and delete mirror pods`;
      return nodeOf(oldObject ?? lookups.pod(name)) === node ? undefined : `${who} can only delete pods with spec.nodeName set to itself`;
    case 'status': {
      if (operation !== 'UPDATE') return `unexpected operation ${JSON.stringify(operation)}`;
      if (nodeOf(oldObject) !== node) return `${who} can only update pod status for pods with spec.nodeName set to itself`;
      if (!jsonEquals(oldObject?.metadata.labels ?? {}, object?.metadata.labels ?? {})) return `${who} cannot update labels through pod status`;
      const [before, after] = [oldObject, object].map((pod) => pod?.['status'] as coreV1.PodStatus | undefined); // pods on both sides
      if (!jsonEquals(before?.resourceClaimStatuses, after?.resourceClaimStatuses)) return `${who} cannot update resource claim statues`;
      return jsonEquals(before?.extendedResourceClaimStatus, after?.extendedResourceClaimStatus) ? undefined : `${who} cannot update extended resource claim status`;
    }
    case 'eviction': return nodeOf(lookups.pod(name === '' ? object?.metadata.name ?? '' : name)) === node ? undefined : `node ${node} can only evict pods with spec.nodeName set to itself`;
    default: return `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`;
  }
}

const nodeOf = (pod: Readonly<KubeObject | coreV1.Pod> | undefined): string => ((pod as coreV1.Pod | undefined)?.spec?.nodeName ?? ''); // called with pods alone
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/** A mirror shows a static pod: owned by the node, and using nothing of the API that it could not read before. */
function mirrorPodFault(node: string, { metadata, spec }: Readonly<coreV1.Pod>): Fault {
  const who = `node ${JSON.stringify(node)}`;
  if (metadata.annotations?.[MIRROR_ANNOTATION] === undefined) return `pod does not have ${JSON.stringify(MIRROR_ANNOTATION)} annotation, ${who} can only create mirror pods`;
  if (spec?.nodeName !== node) return `${who} can only create pods with spec.nodeName set to itself`;
  const [owner, second] = metadata.ownerReferences ?? [];
  if (second !== undefined) return `${who} can only create pods with a single owner reference set to itself`;
  if (owner === undefined || owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) return `${who} can only create pods with an owner reference set to itself`;
  if (owner.controller !== true) return `${who} can only create pods with a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion === true) return `${who} must not set blockOwnerDeletion on an owner reference`;
  const account = spec.serviceAccountName ?? '';
  return account === '' ? undefined : `${who} can not create pods that reference serviceaccounts`;
}

function nodeFault(node: string, { operation, name, object, oldObject }: AdmissionAttributes): Fault {
  const who = `node ${JSON.stringify(node)}`;
  if (name !== node) return `${who} is not allowed to modify node ${JSON.stringify(name)}`;
  const [before, after] = [oldObject, object].map((one) => one as (coreV1.Node & KubeObject) | undefined); // nodes on both sides
  const labels = forbiddenLabels(modifiedLabels(after?.metadata.labels, before?.metadata.labels)).join(', ');
  if (operation === 'CREATE') {
    if (after?.spec?.configSource) return `${who} is not allowed to create pods with a non-nil configSource`;
    return labels === '' ? undefined : `${who} is not allowed to set the following labels: ${labels}`;
  }
  if (operation !== 'UPDATE') return undefined;
  if (after?.spec?.configSource && !jsonEquals(after.spec.configSource, before?.spec?.configSource)) return `${who} is not allowed to update configSource to a new non-nil configSource`;
  if (!jsonEquals(after?.spec?.taints, before?.spec?.taints)) return `${who} is not allowed to modify taints`;
  if (!jsonEquals(after?.metadata.ownerReferences, before?.metadata.ownerReferences)) return `${who} is not allowed to modify ownerReferences`;
  return labels === '' ? undefined : `is not allowed to modify labels: ${labels}`;
}

function claimStatusFault(node: string, { operation, object, oldObject }: AdmissionAttributes): Fault {
  if (operation !== 'UPDATE') return `unexpected operation ${JSON.stringify(operation)}`;
  return jsonEquals(withoutSizes(object), withoutSizes(oldObject)) ? undefined : `node ${JSON.stringify(node)} is not allowed to update fields other than status.quantity and status.conditions`;
}

function withoutSizes(claim: Readonly<KubeObject> | undefined): unknown {
  if (claim === undefined) return undefined;
  const { resourceVersion: _version, managedFields: _fields, ...metadata } = claim.metadata;
  const { capacity: _capacity, conditions: _conditions, allocatedResources: _allocated, allocatedResourceStatuses: _statuses, ...status } = (claim['status'] ?? {}) as Record<string, unknown>; // a claim's status is an object
  return { ...claim, metadata, status };
}

/** Nodes get tokens for their own pods alone, for audiences that a volume of the pod names. */
function tokenFault(node: string, { operation, user, namespace, name, object }: AdmissionAttributes, { pod: podOf, authorizer }: Lookups): Fault {
  if (operation !== 'CREATE') return undefined;
  const { boundObjectRef: ref, audiences: given } = ((object as Partial<authenticationV1.TokenRequest> | undefined)?.spec ?? {}); // the endpoint reads it as one
  if (!ref || ref.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name) return 'node requested token not bound to a pod';
  if (!ref.uid) return 'node requested token with a pod binding without a uid';
  const pod = podOf(ref.name);
  if (ref.uid !== pod.metadata.uid) return `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  if (nodeOf(pod) !== node) return 'node requested token bound to a pod scheduled on a different node';
  const audiences: readonly string[] = given as string[] | null | undefined ?? []; // an empty list is read as null
  if (audiences.length > 1) return 'node may only request 0 or 1 audiences';
  const [audience = ''] = audiences;
  if (pod.spec?.volumes?.some(({ projected }) => projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken !== undefined && (serviceAccountToken.audience ?? '') === audience)) === true) return undefined;
  const asked = { user, verb: 'request-serviceaccounts-token-audience', group: '', version: 'v1', resource: audience, subresource: '', namespace, name, path: '', isResourceRequest: true };
  if (authorizer.authorize(asked).verdict === 'allow') return undefined;
  return `audience ${JSON.stringify(audience)} not found in pod spec volume, ${user.name} is not authorized to request tokens for this audience`;
}

function leaseFault(node: string, { namespace, name }: AdmissionAttributes): Fault {
  if (namespace !== 'kube-node-lease') return 'can only access leases in the "kube-node-lease" system namespace';
  return name === node ? undefined : 'can only access node lease with the same name as the requesting node';
}

function sliceFault(node: string, { operation, object }: AdmissionAttributes): Fault {
  if (operation !== 'CREATE') return undefined; // its nodeName never changes, and the authorizer knows it
  return nodeOf(object) === node ? undefined : 'can only create ResourceSlice with the same NodeName as the requesting node';
}
