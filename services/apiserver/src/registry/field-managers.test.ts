import { resourceOfKind } from '@kubernode/api';
import type { GroupVersionKind, KubeObject } from '@kubernode/apimachinery';
import { fieldManagerOf } from './field-managers.ts';
import type { ServedResource } from './served-resource.ts';

function servedOf(kind: GroupVersionKind): ServedResource {
  const facts = resourceOfKind(kind);
  if (facts === undefined) throw new Error(`${kind.kind} is unknown`);
  return { facts, kind, apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`, storage: { resource: facts.resource, hasStatus: true } } as ServedResource; // no more is read
}

/** Top-level fields and fields of metadata that a write of the status comes to own. */
function ownedByStatus(kind: GroupVersionKind): string[] {
  const live: KubeObject = { kind: kind.kind, apiVersion: servedOf(kind).apiVersion, metadata: { name: 'x', managedFields: [{ manager: 'other', operation: 'Apply', apiVersion: servedOf(kind).apiVersion, fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': {} } }] } };
  const next = { ...live, metadata: { ...live.metadata, labels: { a: 'b' }, annotations: { c: 'd' } }, spec: { x: 1 }, status: { conditions: [{ type: 'A', status: 'True' }] } } as KubeObject; // as a client may send it
  const { metadata } = fieldManagerOf(servedOf(kind), 'status').update({ live, next, unchanged: undefined, manager: 'm', now: 0 });
  const entry = metadata.managedFields?.find(({ manager }) => manager === 'm');
  const fields = (entry?.fieldsV1 ?? {}) as Record<string, object>; // made of steps
  return [...Object.keys(fields['f:metadata'] ?? {}), ...Object.keys(fields)].filter((field) => field !== 'f:metadata').sort();
}

describe('fieldManagerOf', () => {
  it.each([
    ['apps', 'v1', 'Deployment', ['f:annotations', 'f:status']],
    ['apps', 'v1', 'ReplicaSet', ['f:annotations', 'f:labels', 'f:status']],
    ['', 'v1', 'Node', ['f:annotations', 'f:labels', 'f:status']],
    ['apiextensions.k8s.io', 'v1', 'CustomResourceDefinition', ['f:status']],
    ['flowcontrol.apiserver.k8s.io', 'v1', 'FlowSchema', ['f:status']],
    ['apiregistration.k8s.io', 'v1', 'APIService', ['f:status']],
  ])('lets a write of the status of %s/%s %s own %j', (group, version, kind, fields) => {
    expect(ownedByStatus({ group, version, kind })).toEqual(fields);
  });
});
