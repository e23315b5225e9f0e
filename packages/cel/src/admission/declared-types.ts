import { boolType, dynType, intType, listType, mapType, stringType, structType, timestampType, type CelType } from '../types/cel-type.ts';

type Fields = Readonly<Record<string, CelType>>;

const strings = listType(stringType);
const labels = mapType(stringType, stringType);
const groupVersionKind = structType('kubernetes.GroupVersionKind');
const groupVersionResource = structType('kubernetes.GroupVersionResource');
const userInfo = structType('kubernetes.UserInfo');
const namespaceMetadata = structType('kubernetes.NamespaceMetadata');
const namespaceSpec = structType('kubernetes.NamespaceSpec');
const namespaceStatus = structType('kubernetes.NamespaceStatus');
const namespaceCondition = structType('kubernetes.NamespaceCondition');

export const requestType: CelType = structType('kubernetes.AdmissionRequest');
export const namespaceType: CelType = structType('kubernetes.Namespace');
export const variablesType: CelType = structType('kubernetes.variables');

/** Fields that expressions may name, by struct. What the API has besides is left out on purpose, as in Kubernetes. */
export const DECLARED_FIELDS: ReadonlyMap<string, Fields> = new Map<string, Fields>([
  [groupVersionKind.name, { group: stringType, version: stringType, kind: stringType }],
  [groupVersionResource.name, { group: stringType, version: stringType, resource: stringType }],
  [userInfo.name, { username: stringType, uid: stringType, groups: strings, extra: mapType(stringType, strings) }],
  [requestType.name, {
    kind: groupVersionKind, resource: groupVersionResource, subResource: stringType, requestKind: groupVersionKind, requestResource: groupVersionResource, requestSubResource: stringType,
    name: stringType, namespace: stringType, operation: stringType, userInfo, dryRun: boolType, options: dynType,
  }],
  [namespaceType.name, { metadata: namespaceMetadata, spec: namespaceSpec, status: namespaceStatus }],
  [namespaceMetadata.name, {
    name: stringType, generateName: stringType, namespace: stringType, labels, annotations: labels, UID: stringType, creationTimestamp: timestampType,
    deletionGracePeriodSeconds: intType, deletionTimestamp: timestampType, generation: intType, resourceVersion: stringType, finalizers: strings,
  }],
  [namespaceSpec.name, { finalizers: strings }],
  [namespaceStatus.name, { conditions: listType(namespaceCondition), phase: stringType }],
  [namespaceCondition.name, { status: stringType, type: stringType, lastTransitionTime: timestampType, message: stringType, reason: stringType }],
]);
