import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { applyDefaults, faultsOf } from './limit-ranger.ts';

const range = (...limits: coreV1.LimitRangeItem[]): coreV1.LimitRange & KubeObject => ({ kind: 'LimitRange', apiVersion: 'v1', metadata: { name: 'l' }, spec: { limits } });
const pod = (resources: coreV1.ResourceRequirements, more: Partial<coreV1.PodSpec> = {}): coreV1.Pod & KubeObject => ({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', resources }], ...more } });

describe('LimitRanger', () => {
  it('fills what containers do not say and writes that down', () => {
    const one = pod({ limits: { cpu: '2' } }, { initContainers: [{ name: 'i' }] });
    applyDefaults(one, range({ type: 'Container', default: { memory: '1Gi', cpu: '1' }, defaultRequest: { cpu: '100m' } }, { type: 'Pod', max: { cpu: '4' } }));
    expect([one.spec?.containers[0]?.resources, one.spec?.initContainers?.[0]?.resources, one.metadata.annotations]).toEqual([
      { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '100m' } }, { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m' } },
      { 'kubernetes.io/limit-ranger': 'LimitRanger plugin set: cpu request for container c; memory limit for container c; cpu request for init container i; cpu, memory limit for init container i' },
    ]);
  });

  it.each<[string, coreV1.LimitRangeItem, coreV1.ResourceRequirements, string[]]>([
    ['within bounds', { type: 'Container', min: { cpu: '100m' }, max: { cpu: '1' } }, { requests: { cpu: '0.1' }, limits: { cpu: '1000m' } }, []],
    ['nothing said', { type: 'Container', min: { cpu: '100m' }, max: { cpu: '1' } }, {}, ['minimum cpu usage per Container is 100m.  No request is specified', 'maximum cpu usage per Container is 1.  No limit is specified']],
    ['too little', { type: 'Container', min: { memory: '1Gi' } }, { requests: { memory: '1G' } }, ['minimum memory usage per Container is 1Gi, but request is 1G']],
    ['too much', { type: 'Pod', max: { cpu: '1' } }, { requests: { cpu: '3' }, limits: { cpu: '1' } }, ['maximum cpu usage per Pod is 1, but request is 3']],
    ['too wide', { type: 'Container', maxLimitRequestRatio: { cpu: '2' } }, { requests: { cpu: '1' }, limits: { cpu: '3' } }, ['cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000']],
  ])('judges %s', (_name, limit, resources, expected) => { expect(faultsOf({ resource: 'pods', object: pod(resources) }, range(limit))).toEqual(expected); });

  it('counts the largest init container beside the sidecars before it', () => {
    const spec: Partial<coreV1.PodSpec> = { initContainers: [{ name: 's', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } }, { name: 'i', resources: { requests: { cpu: '3' } } }] };
    expect(faultsOf({ resource: 'pods', object: pod({ requests: { cpu: '1' } }, spec) }, range({ type: 'Pod', min: { cpu: '5' } }))).toEqual(['minimum cpu usage per Pod is 5, but request is 4']);
  });

  it('bounds the size of claims', () => {
    const claim = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', metadata: { name: 'c' }, spec: { resources: { requests: { storage: '2Gi' } } } };
    expect(faultsOf({ resource: 'persistentvolumeclaims', object: claim }, range({ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }))).toEqual(['maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi']);
  });
});
