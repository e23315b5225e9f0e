import { resourceOfKind } from '@kubernode/api';
import type { GroupVersionKind, KubeObject } from '@kubernode/apimachinery';
import { conversions } from '../conversion/conversions.ts';
import { fieldManagerOf } from './field-managers.ts';
import type { ServedResource } from './served-resource.ts';

function servedOf(kind: GroupVersionKind): ServedResource {
  const facts = resourceOfKind(kind);
  if (facts === undefined) throw new Error(`${kind.kind} is unknown`);
  return { facts, kind, apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`, conversion: conversions.get(`${kind.group}/${kind.version}/${kind.kind}`), storage: { resource: facts.resource, hasStatus: true } } as ServedResource; // no more is read
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

const AUTOSCALER = 'HorizontalPodAutoscaler';
const autoscaler = (version: string, spec: object, managedFields: object[] = []): KubeObject => ({
  kind: AUTOSCALER, apiVersion: `autoscaling/${version}`, metadata: { name: 'a', ...(managedFields.length > 0 && { managedFields }) }, spec: { scaleTargetRef: { kind: 'Deployment', name: 'd' }, ...spec },
} as unknown as KubeObject); // entries as they are stored

test.each([
  ['v1', 'v2', { minReplicas: 1, targetCPUUtilizationPercentage: 50 }, ['f:metrics', 'f:minReplicas']],
  ['v2', 'v1', { minReplicas: 1, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }] }, ['f:minReplicas', 'f:targetCPUUtilizationPercentage']],
])('a write in %s leaves what was written in %s to its owner', (version, other, spec, kept) => {
  const owned = Object.fromEntries([...kept, 'f:maxReplicas'].map((field) => [field, {}]));
  const entries = [{ manager: 'one', operation: 'Update', apiVersion: `autoscaling/${other}`, time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': owned } }];
  const [live, next] = [3, 5].map((maxReplicas) => autoscaler(version, { ...spec, maxReplicas }, entries)) as [KubeObject, KubeObject]; // two were made
  const { metadata } = fieldManagerOf(servedOf({ group: 'autoscaling', version, kind: AUTOSCALER }), '').update({ live, next, manager: 'two', now: Date.parse('2026-01-02T00:00:00Z') });
  expect(metadata.managedFields?.map(({ manager, apiVersion, fieldsV1 }) => [manager, apiVersion, Object.keys((fieldsV1 as Record<string, object>)['f:spec'] ?? {})])).toEqual([
    ['one', `autoscaling/${other}`, kept], ['two', `autoscaling/${version}`, ['f:maxReplicas']],
  ]);
});

test('a write in one group of events lets go of what was written in the other', () => {
  const kind = { group: 'events.k8s.io', version: 'v1', kind: 'Event' };
  const managedFields = [{ manager: 'one', operation: 'Update', apiVersion: 'v1', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:message': {}, 'f:reason': {} } }];
  const [live, next] = ['a', 'b'].map((note) => ({ kind: 'Event', apiVersion: 'events.k8s.io/v1', metadata: { name: 'e', managedFields }, reason: 'R', note }) as KubeObject) as [KubeObject, KubeObject]; // two were made
  const { metadata } = fieldManagerOf(servedOf(kind), '').update({ live, next, manager: 'two', now: 0 });
  expect(metadata.managedFields?.map(({ manager, fieldsV1 }) => [manager, fieldsV1])).toEqual([['two', { 'f:note': {} }]]);
});
