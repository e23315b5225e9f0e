import type { Pod } from '../pod/pod-facts.ts';
import { type AdmissionInput, judgePod } from './node-admission.ts';

function pod(name: string, requests: Record<string, string> = {}, { critical = false, guaranteed = false, spec = {} }: { critical?: boolean; guaranteed?: boolean; spec?: object } = {}): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, uid: name }, spec: { ...(critical && { priority: 2_000_000_000 }), containers: [{ name: 'c', resources: { requests, ...(guaranteed && { limits: requests }) } }], ...spec } };
}
function judge(extra: Partial<AdmissionInput> & { pod: Pod }): string {
  const verdict = judgePod({ others: [], allocatable: { cpu: '1', memory: '1Gi', pods: '3' }, pressure: [], shuttingDown: false, supplementalGroupsPolicy: false, ...extra });
  if (verdict.kind === 'refuse') return `${verdict.refusal.reason}: ${verdict.refusal.message}`;
  return verdict.kind === 'preempt' ? `preempt ${verdict.pods.map(({ metadata }) => metadata.name).join(' ')}` : 'admit';
}

test.each<[string, Partial<AdmissionInput> & { pod: Pod }, string]>([
  ['room enough', { pod: pod('p', { cpu: '400m' }), others: [pod('a', { cpu: '600m' })] }, 'admit'],
  ['no cpu', { pod: pod('p', { cpu: '500m' }), others: [pod('a', { cpu: '600m' })] }, "OutOfcpu: Node didn't have enough resource: cpu, requested: 500, used: 600, capacity: 1000"],
  ['no memory', { pod: pod('p', { memory: '2Gi' }) }, "OutOfmemory: Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: 1073741824"],
  ['too many pods', { pod: pod('p'), others: [pod('a'), pod('b'), pod('c')] }, "OutOfpods: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3"],
  ['a resource that the node does not know', { pod: pod('p', { 'example.com/gpu': '1' }) }, 'admit'],
  ['a device too many', { pod: pod('p', { 'example.com/gpu': '2' }), allocatable: { pods: '3', 'example.com/gpu': '1' } }, "OutOfexample.com/gpu: Node didn't have enough resource: example.com/gpu, requested: 2, used: 0, capacity: 1"],
  ['under pressure', { pod: pod('p'), pressure: ['DiskPressure'] }, 'Evicted: The node had condition: [DiskPressure]. '],
  ['while the host shuts down', { pod: pod('p'), shuttingDown: true }, 'NodeShutdown: Pod was rejected as the node is shutting down.'],
  ['another system', { pod: pod('p', {}, { spec: { os: { name: 'windows' } } }) }, "PodOSNotSupported: Failed to admit pod as the OS field doesn't match node OS"],
  ['strict groups', { pod: pod('p', {}, { spec: { securityContext: { supplementalGroupsPolicy: 'Strict' } } }) }, 'SupplementalGroupsPolicyNotSupported: SupplementalGroupsPolicy=Strict is not supported in this node'],
  ['a critical pod takes the least that is enough', { pod: pod('p', { cpu: '300m' }, { critical: true }), others: [pod('big', { cpu: '600m' }), pod('small', { cpu: '300m' })] }, 'preempt small'],
  ['best effort gives way for the number of pods', { pod: pod('p', {}, { critical: true }), others: [pod('best'), pod('burstable', { cpu: '1m' }), pod('c', { cpu: '1m' })] }, 'preempt best'],
  ['guaranteed pods last', { pod: pod('p', { cpu: '500m' }, { critical: true }), others: [pod('guaranteed', { cpu: '500m', memory: '1Mi' }, { guaranteed: true }), pod('burstable', { cpu: '500m' })] }, 'preempt burstable'],
  ['not when it would not help', { pod: pod('p', { cpu: '2' }, { critical: true }), others: [pod('a', { cpu: '600m' })] }, 'UnexpectedAdmissionError: Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: [(res: cpu, q: 1600), ]'],
])('judgePod: %s', (_what, input, want) => { expect(judge(input)).toBe(want); });
