import { schemas, goFields } from '@kubernode/api';
import { schemaSet, type KubeObject } from '@kubernode/apimachinery';
import { podTemplateStrategy } from '../core/pod-template.ts';
import { replicationControllerStrategy } from '../core/replication-controller.ts';
import type { Strategy, StrategyContext } from '../strategy.ts';
import { controllerRevisionStrategy } from './controller-revision.ts';
import { daemonSetStrategy } from './daemon-set.ts';
import { deploymentStrategy } from './deployment.ts';
import { replicaSetStrategy } from './replica-set.ts';
import { statefulSetStrategy } from './stateful-set.ts';

type Loose = KubeObject & { spec: Record<string, unknown>; status?: Record<string, unknown> };

const KINDS = {
  Deployment: ['apps.v1', deploymentStrategy], ReplicaSet: ['apps.v1', replicaSetStrategy], StatefulSet: ['apps.v1', statefulSetStrategy], DaemonSet: ['apps.v1', daemonSetStrategy],
  ControllerRevision: ['apps.v1', controllerRevisionStrategy], ReplicationController: ['core.v1', replicationControllerStrategy], PodTemplate: ['core.v1', podTemplateStrategy],
} as const;
type Kind = keyof typeof KINDS;

const decode = schemaSet({ resolve: (name) => schemas[name], goFields: (name) => goFields[name] });
const context = (subresource = ''): StrategyContext => ({ user: { name: 'u', uid: '', groups: [], extra: {} }, subresource, now: 0 });
const strategyOf = (kind: Kind): Strategy => KINDS[kind][1] as unknown as Strategy; // each is given objects of its kind
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const selector = { matchLabels: { app: 'x' } };

function objectOf(kind: Kind, body: object): Loose {
  const object = decode(`io.k8s.api.${KINDS[kind][0]}.${kind}`)?.normalise({ apiVersion: 'v1', kind, metadata: { name: 'a', namespace: 'default' }, ...body }).object as unknown as Loose; // decoded as one
  strategyOf(kind).defaults?.(object);
  return object;
}

function createFaults(kind: Kind, body: object): string[] {
  const object = objectOf(kind, body);
  strategyOf(kind).prepareForCreate?.(object, context());
  return (strategyOf(kind).validate?.(object, context()) ?? []).map(({ field, message }) => `${field}: ${message}`);
}

function updateFaults(kind: Kind, old: Loose, object: Loose, subresource = ''): string[] {
  strategyOf(kind).prepareForUpdate?.(object, old, context(subresource));
  return (strategyOf(kind).validateUpdate?.(object, old, context(subresource)) ?? []).map(({ field, message }) => `${field}: ${message}`);
}

const specFaults = (kind: Kind, spec: object): string[] => createFaults(kind, { spec: { selector, template, ...spec } });

test.each<[Kind, object]>([
  ['Deployment', { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } } }],
  ['ReplicaSet', { replicas: 1 }],
  ['StatefulSet', { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: 'OrderedReady', persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' }, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } }],
  ['DaemonSet', { revisionHistoryLimit: 10, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } }],
])('%s has defaults', (kind, expected) => expect(objectOf(kind, { spec: { selector, template } }).spec).toMatchObject(expected));

test('replication controllers take selector and labels from their template', () => {
  const controller = objectOf('ReplicationController', { spec: { template } });
  expect([controller.spec['selector'], controller.metadata.labels, controller.spec['replicas'], replicationControllerStrategy.orphansByDefault]).toEqual([{ app: 'x' }, { app: 'x' }, 1, true]);
});

test('claims inside stateful sets are whole objects', () => {
  expect(objectOf('StatefulSet', { spec: { selector, template, volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: {} }] } }).spec['volumeClaimTemplates']).toMatchObject([{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', spec: { volumeMode: 'Filesystem' }, status: { phase: 'Pending' } }]);
});

describe('specs', () => {
  it.each<[Kind, string, object, string[]]>([
    ['Deployment', 'plain', {}, []],
    ['Deployment', 'no selector', { selector: null }, ['spec.selector: Required value', 'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`']],
    ['Deployment', 'empty selector', { selector: {} }, ['spec.selector: Invalid value: {}: empty selector is invalid for deployment']],
    ['Deployment', 'unknown operator', { selector: { matchExpressions: [{ key: 'a', operator: 'Like' }] } }, ['spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator', 'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"Like"}]}: invalid label selector']],
    ['Deployment', 'strategy', { strategy: { type: 'BlueGreen' } }, ['spec.strategy: Unsupported value: {"Type":"BlueGreen","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"']],
    ['Deployment', 'no progress', { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } }, minReadySeconds: 600 }, ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0', 'spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds']],
    ['ReplicaSet', 'an ending template', { replicas: -1, template: { ...template, spec: { ...template.spec, restartPolicy: 'Never', activeDeadlineSeconds: 5 } } }, [
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0', 'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"', 'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    ]],
    ['DaemonSet', 'both', { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } }, ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero']],
    ['DaemonSet', 'neither', { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } }, ['spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0']],
    ['StatefulSet', 'policies', { podManagementPolicy: 'Random', updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } }, [
      "spec.podManagementPolicy: Invalid value: \"Random\": must be 'OrderedReady' or 'Parallel'", 'spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\'',
    ]],
    ['StatefulSet', 'mounts of its claims', { volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }], template: { ...template, spec: { containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'd', mountPath: '/d' }] }] } } }, []],
    ['StatefulSet', 'a claim of nothing', { volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: {} }] }, ['spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required', 'spec.volumeClaimTemplates[0].spec.resources[storage]: Required value']],
    ['Deployment', 'foreign labels, shown sorted', { template: { ...template, metadata: { labels: { z: '1', a: '2' } } } }, ['spec.template.metadata.labels: Invalid value: {"a":"2","z":"1"}: `selector` does not match template `labels`']],
    ['DaemonSet', 'foreign labels, shown sorted', { template: { ...template, metadata: { labels: { z: '1', a: '2' } } } }, ['spec.template.metadata.labels: Invalid value: {"a":"2","z":"1"}: `selector` does not match template `labels`']],
    ['ReplicationController', 'foreign labels', { selector: { a: 'b' } }, ['spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`']],
  ])('%s: %s', (kind, _name, spec, expected) => expect(specFaults(kind, spec)).toEqual(expected));

  it('of pod templates and revisions', () => {
    expect(createFaults('PodTemplate', { template: { spec: {} } })).toEqual(['template.spec.containers: Required value']);
    expect([createFaults('ControllerRevision', { revision: -1 }), createFaults('ControllerRevision', { revision: 1, data: {} })]).toEqual([['revision: Invalid value: -1: must be greater than or equal to 0', 'data: Required value: data is mandatory'], []]);
  });
});

describe('defaults', () => {
  it('give daemon sets the count of templates, which whoever makes them owns', () => {
    expect(objectOf('DaemonSet', { spec: { selector, template } }).metadata.annotations).toEqual({ 'deprecated.daemonset.template.generation': '0' });
  });
});

describe('updates', () => {
  it.each<Kind>(['Deployment', 'ReplicaSet', 'DaemonSet'])('%s keeps its selector', (kind) => {
    const labels = { matchLabels: { app: 'y' } };
    const other = objectOf(kind, { spec: { selector: labels, template: { ...template, metadata: { labels: { app: 'y' } } } } });
    expect(updateFaults(kind, objectOf(kind, { spec: { selector, template } }), other)).toEqual(['spec.selector: Invalid value: {"matchLabels":{"app":"y"}}: field is immutable']);
  });

  it('of stateful sets leave most alone', () => {
    const old = objectOf('StatefulSet', { spec: { selector, template, serviceName: 'a' } });
    expect(updateFaults('StatefulSet', old, objectOf('StatefulSet', { spec: { selector, template, serviceName: 'a', replicas: 3, minReadySeconds: 5 } }))).toEqual([]);
    expect(updateFaults('StatefulSet', old, objectOf('StatefulSet', { spec: { selector, template, serviceName: 'b' } }))).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });

  it('count the templates of daemon sets', () => {
    const old = objectOf('DaemonSet', { spec: { selector, template } });
    daemonSetStrategy.prepareForCreate?.(old as never, context()); // decoded as a daemon set
    const other = objectOf('DaemonSet', { spec: { selector, template: { ...template, spec: { containers: [{ name: 'd', image: 'i' }] } } } });
    expect(updateFaults('DaemonSet', old, other)).toEqual([]);
    expect([old, other].map(({ metadata }) => metadata.annotations)).toEqual([{ 'deprecated.daemonset.template.generation': '1' }, { 'deprecated.daemonset.template.generation': '2' }]);
  });

  it('of a deployment\'s status leave labels alone', () => {
    const old = objectOf('Deployment', { spec: { selector, template } });
    const other = objectOf('Deployment', { metadata: { name: 'a', namespace: 'default', labels: { a: 'b' } }, spec: { selector, template }, status: { replicas: 1, readyReplicas: 2, availableReplicas: 3 } });
    expect(updateFaults('Deployment', old, other, 'status')).toEqual([
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas', 'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas', 'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
    ]);
    expect(other.metadata.labels).toBeUndefined();
  });

  it('of revisions never change the data', () => {
    const revision = (data: object): Loose => objectOf('ControllerRevision', { revision: 1, data });
    expect(updateFaults('ControllerRevision', revision({ a: 1 }), revision({ a: 2 }))).toEqual(['data: Invalid value: {"a":2}: field is immutable']);
  });
});

test('warnings are of new workloads and of changed templates', () => {
  const old = objectOf('Deployment', { metadata: { name: 'a.b', namespace: 'default', generation: 1 }, spec: { selector, template: { ...template, spec: { ...template.spec, terminationGracePeriodSeconds: -1 } } } });
  const grace = 'spec.template.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1';
  expect(deploymentStrategy.warnings?.(old as never, undefined, context())).toEqual(['metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]', grace]); // decoded as a deployment
  expect([1, 2].map((generation) => deploymentStrategy.warnings?.({ ...old, metadata: { ...old.metadata, generation } } as never, old as never, context()))).toEqual([[], [grace]]); // as above
});
