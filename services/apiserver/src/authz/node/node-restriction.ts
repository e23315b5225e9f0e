import type { coreV1, storageV1 } from '@kubernode/api';
import { goQuote, type KubeObject, notFound } from '@kubernode/apimachinery';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission/admission.ts';
import { refusal } from '../../admission/refusal.ts';
import type { ObjectSources } from '../../endpoints/endpoint.ts';
import type { Authorizer } from '../../pipeline/api-request.ts';
import { jsonEquals } from '../../registry/write/json-equals.ts';
import { nodeNameOf } from './node-authorizer.ts';
import { forbiddenLabels, modifiedLabels } from './node-labels.ts';
import { mirrorPodFault, nodeOf } from './restriction/mirror-pod.ts';
import { signingRequestFault } from './restriction/signing-request.ts';
import { tokenFault, type TokenLookups } from './restriction/token-audience.ts';

export interface NodeRestrictionDeps { sources: ObjectSources; authorizer: Authorizer }

/** What was found wrong; undefined when nothing is. */
type Fault = string | undefined;

/** Holds nodes to their own objects, where the authorizer only knows the kind: the other half of the Node authorizer. */
export function nodeRestriction({ sources, authorizer }: NodeRestrictionDeps): AdmissionPlugin {
  const lookups = lookupsFrom(sources, authorizer);
  const check = async (attributes: AdmissionAttributes): Promise<void> => {
    const node = nodeNameOf(attributes.user);
    if (node === undefined) return;
    const fault = node === '' ? `could not determine node from user ${goQuote(attributes.user.name)}` : await faultOf(node, attributes, lookups);
    if (fault !== undefined) throw refusal(attributes, fault);
  };
  return {
    name: 'NodeRestriction',
    admit: (attributes) => (attributes.operation === 'CONNECT' || attributes.operation === 'DELETE' || nodeNameOf(attributes.user) === undefined ? undefined : check(attributes)),
    validate: (attributes) => (attributes.operation === 'DELETE' ? check(attributes) : undefined), // deletions are only validated
  };
}

interface Lookups extends TokenLookups { node(name: string): Readonly<coreV1.Node> }

function lookupsFrom(sources: ObjectSources, authorizer: Authorizer): Lookups {
  const look = <T>(group: string, resource: string, kind: string) => {
    const source = sources({ group, resource });
    return (namespace: string, name: string): Readonly<T> => {
      const found = source.get(namespace, name);
      if (found === undefined) throw notFound({ group, resource: kind }, name); // named in the singular, as Kubernetes' caches name what they lack
      return found as Readonly<T>; // the source is of this kind
    };
  };
  const [node, volume, driver] = [look<coreV1.Node>('', 'nodes', 'node'), look<coreV1.PersistentVolume>('', 'persistentvolumes', 'persistentvolume'), look<storageV1.CSIDriver>('storage.k8s.io', 'csidrivers', 'csidriver')];
  return {
    pod: look<coreV1.Pod>('', 'pods', 'pod'), claim: look<coreV1.PersistentVolumeClaim>('', 'persistentvolumeclaims', 'persistentvolumeclaim'),
    node: (name) => node('', name), volume: (name) => volume('', name), driver: (name) => driver('', name), authorizer,
  };
}

function faultOf(node: string, attributes: AdmissionAttributes, lookups: Lookups): Fault | Promise<Fault> {
  const { group, resource, subresource, operation } = attributes;
  switch (group === '' ? resource : `${resource}.${group}`) {
    case 'pods': return podFault(node, attributes, lookups);
    case 'nodes': return nodeFault(node, attributes);
    case 'persistentvolumeclaims': return subresource === 'status' ? claimStatusFault(node, attributes) : 'may only update PVC status';
    case 'serviceaccounts': return subresource === 'token' && operation === 'CREATE' ? tokenFault(node, attributes, lookups) : undefined;
    case 'podcertificaterequests.certificates.k8s.io': return 'PodCertificateRequest feature gate is disabled';
    case 'leases.coordination.k8s.io': return leaseFault(node, attributes);
    case 'csinodes.storage.k8s.io': return attributes.name === node ? undefined : 'can only access CSINode with the same name as the requesting node';
    case 'resourceslices.resource.k8s.io': return sliceFault(node, attributes);
    case 'certificatesigningrequests.certificates.k8s.io': return operation === 'CREATE' ? signingRequestFault(node, attributes.object) : undefined;
    default: return undefined;
  }
}

function podFault(node: string, attributes: AdmissionAttributes, lookups: Lookups): Fault {
  const { operation, subresource, name, namespace, object, oldObject } = attributes;
  const who = `node ${goQuote(node)}`;
  switch (subresource) {
    case '':
      if (operation === 'CREATE') return mirrorPodFault(node, object as coreV1.Pod & KubeObject, () => lookups.node(node)); // pods are created here
      if (operation !== 'DELETE') return `unexpected operation ${goQuote(operation)}, ${who} can only create and delete mirror pods`;
      return nodeOf(oldObject ?? lookups.pod(namespace, name)) === node ? undefined : `${who} can only delete pods with spec.nodeName set to itself`;
    case 'status': return podStatusFault(node, attributes);
    case 'eviction':
      if (operation !== 'CREATE') return `unexpected operation ${operation}`;
      return nodeOf(lookups.pod(namespace, name === '' ? object?.metadata.name ?? '' : name)) === node ? undefined : `node ${node} can only evict pods with spec.nodeName set to itself`;
    default: return `unexpected pod subresource ${goQuote(subresource)}, only 'status' and 'eviction' are allowed`;
  }
}

function podStatusFault(node: string, { operation, object, oldObject }: AdmissionAttributes): Fault {
  const who = `node ${goQuote(node)}`;
  if (operation !== 'UPDATE') return `unexpected operation ${goQuote(operation)}`;
  if (nodeOf(oldObject) !== node) return `${who} can only update pod status for pods with spec.nodeName set to itself`;
  if (!jsonEquals(oldObject?.metadata.labels ?? {}, object?.metadata.labels ?? {})) return `${who} cannot update labels through pod status`;
  const [before, after] = [oldObject, object].map((pod) => pod?.['status'] as coreV1.PodStatus | undefined); // pods on both sides
  if (!jsonEquals(before?.resourceClaimStatuses ?? [], after?.resourceClaimStatuses ?? [])) return `${who} cannot update resource claim statues`;
  return jsonEquals(before?.extendedResourceClaimStatus, after?.extendedResourceClaimStatus) ? undefined : `${who} cannot update extended resource claim status`;
}

function nodeFault(node: string, { operation, name, object, oldObject }: AdmissionAttributes): Fault {
  const who = `node ${goQuote(node)}`;
  if (name !== node) return `${who} is not allowed to modify node ${goQuote(name)}`;
  const [before, after] = [oldObject, object].map((one) => one as (coreV1.Node & KubeObject) | undefined); // nodes on both sides
  const labels = forbiddenLabels(modifiedLabels(after?.metadata.labels, before?.metadata.labels)).join(', ');
  if (operation === 'CREATE') {
    if (after?.spec?.configSource) return `${who} is not allowed to create pods with a non-nil configSource`;
    return labels === '' ? undefined : `${who} is not allowed to set the following labels: ${labels}`;
  }
  if (operation !== 'UPDATE') return undefined;
  if (after?.spec?.configSource && !jsonEquals(after.spec.configSource, before?.spec?.configSource)) return `${who} is not allowed to update configSource to a new non-nil configSource`;
  if (!jsonEquals(after?.spec?.taints ?? [], before?.spec?.taints ?? [])) return `${who} is not allowed to modify taints`;
  if (!jsonEquals(after?.metadata.ownerReferences ?? [], before?.metadata.ownerReferences ?? [])) return `${who} is not allowed to modify ownerReferences`;
  return labels === '' ? undefined : `is not allowed to modify labels: ${labels}`;
}

function claimStatusFault(node: string, { operation, object, oldObject }: AdmissionAttributes): Fault {
  if (operation !== 'UPDATE') return `unexpected operation ${goQuote(operation)}`;
  return jsonEquals(withoutSizes(object), withoutSizes(oldObject)) ? undefined : `node ${goQuote(node)} is not allowed to update fields other than status.quantity and status.conditions`;
}

function withoutSizes(claim: Readonly<KubeObject> | undefined): unknown {
  if (claim === undefined) return undefined;
  const { resourceVersion: _version, managedFields: _fields, ...metadata } = claim.metadata;
  const { capacity: _capacity, conditions: _conditions, allocatedResources: _allocated, allocatedResourceStatuses: _statuses, ...status } = (claim['status'] ?? {}) as Record<string, unknown>; // a claim's status is an object
  return { ...claim, metadata, status };
}

function leaseFault(node: string, { operation, namespace, name, object }: AdmissionAttributes): Fault {
  if (namespace !== 'kube-node-lease') return 'can only access leases in the "kube-node-lease" system namespace';
  return (operation === 'CREATE' ? object?.metadata.name ?? name : name) === node ? undefined : 'can only access node lease with the same name as the requesting node';
}

/** A slice's node never changes, so that its updates are the authorizer's alone. */
function sliceFault(node: string, { operation, object, oldObject }: AdmissionAttributes): Fault {
  if (operation === 'CREATE') return nodeOf(object) === node ? undefined : 'can only create ResourceSlice with the same NodeName as the requesting node';
  return operation !== 'DELETE' || nodeOf(oldObject) === node ? undefined : 'can only delete ResourceSlice with the same NodeName as the requesting node';
}
