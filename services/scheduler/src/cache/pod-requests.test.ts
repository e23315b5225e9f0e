import type { coreV1 } from '@kubernode/api';
import { testPod } from '../test-support/test-cluster.ts';
import { podInfo } from './pod-info.ts';
import { podScoringRequests } from './pod-requests.ts';

const container = (name: string, cpu?: string, more: Partial<coreV1.Container> = {}): coreV1.Container => ({ name, image: 'i', ...(cpu !== undefined && { resources: { requests: { cpu } } }), ...more });
const statuses = (...all: [name: string, given: string, promised: string][]): coreV1.ContainerStatus[] => all.map(([name, given, promised]) => ({ name, image: 'i', imageID: '', ready: true, restartCount: 0, resources: { requests: { cpu: given } }, allocatedResources: { cpu: promised } }));

test.each<[string, Partial<coreV1.PodSpec>, coreV1.PodStatus, number]>([
  ['containers together', { containers: [container('a', '1'), container('b', '500m')] }, {}, 1500],
  ['the largest init container', { initContainers: [container('i', '3'), container('j', '2')], containers: [container('a', '1')] }, {}, 3000],
  ['sidecars beside containers', { initContainers: [container('s', '1', { restartPolicy: 'Always' })], containers: [container('a', '1')] }, {}, 2000],
  ['sidecars beside later init containers', { initContainers: [container('s', '1', { restartPolicy: 'Always' }), container('i', '3')], containers: [container('a', '1')] }, {}, 4000],
  ['init containers before a sidecar', { initContainers: [container('i', '3'), container('s', '1', { restartPolicy: 'Always' })], containers: [container('a', '1')] }, {}, 3000],
  ['the overhead of a runtime', { containers: [container('a', '1')], overhead: { cpu: '250m' } }, {}, 1250],
  ['a pod as a whole', { containers: [container('a', '1')], resources: { requests: { cpu: '3' } } }, {}, 3000],
  ['a resize that is not done', { containers: [container('a', '1')] }, { containerStatuses: statuses(['a', '2', '1']) }, 2000],
  ['a resize that was promised', { containers: [container('a', '1')] }, { containerStatuses: statuses(['a', '1', '3']) }, 3000],
  ['a resize that the node cannot do', { containers: [container('a', '9')] }, { containerStatuses: statuses(['a', '1', '1']), conditions: [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }] }, 1000],
])('requests of %s', (_name, spec, status, cpu) => {
  const pod = testPod({ ...spec, status });
  expect(podInfo(pod).requests.get('cpu')).toBe(cpu);
  expect(podInfo({ ...pod, metadata: { ...pod.metadata, name: 'other' } }).requests).toBe(podInfo(pod).requests); // kept once for pods that need the same
});

test('containers that ask for nothing count with a default for scoring', () => {
  expect(podScoringRequests(testPod({ containers: [container('a'), container('b', '1')] }))).toEqual({ cpu: 1100, memory: 2 * 200 * 1024 * 1024 });
});
