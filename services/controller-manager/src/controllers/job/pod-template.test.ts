import type { batchV1, coreV1 } from '@kubernode/api';
import { newPod } from './pod-template.ts';

function job(spec: Partial<batchV1.JobSpec>, name = 'j'): batchV1.Job {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace: 'ns', uid: 'u' }, spec: { template: { metadata: { labels: { a: 'b' } }, spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'i' }], initContainers: [{ name: 'init', image: 'i', env: [{ name: 'JOB_COMPLETION_INDEX', value: 'mine' }] }] } } as never, ...spec } }; // a template's metadata has no name
}

const made = (one: batchV1.Job, index?: number, replaced?: coreV1.Pod): coreV1.Pod => newPod(one, index, replaced) as coreV1.Pod; // it makes pods

test('a pod of a job is tracked, and nothing else is added', () => {
  expect(made(job({}))).toEqual({
    apiVersion: 'v1', kind: 'Pod', spec: job({}).spec?.template.spec,
    metadata: { generateName: 'j-', namespace: 'ns', labels: { a: 'b' }, finalizers: ['batch.kubernetes.io/job-tracking'], ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: 'u', controller: true, blockOwnerDeletion: true }] },
  });
});

test('an index is told in name, host name, label, annotation and variable', () => {
  const { metadata, spec } = made(job({ completionMode: 'Indexed' }), 7);
  const variable = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" } } };
  expect({ name: metadata.generateName, labels: metadata.labels, annotations: metadata.annotations, host: spec?.hostname, env: spec?.containers[0]?.env, own: spec?.initContainers?.[0]?.env }).toEqual({
    name: 'j-7-', labels: { a: 'b', 'batch.kubernetes.io/job-completion-index': '7' }, annotations: { 'batch.kubernetes.io/job-completion-index': '7' }, host: 'j-7', env: [variable], own: [{ name: 'JOB_COMPLETION_INDEX', value: 'mine' }],
  });
});

test('a long name is cut so that the index stays', () => {
  expect(made(job({ completionMode: 'Indexed' }, 'x'.repeat(63)), 123).metadata.generateName).toBe(`${'x'.repeat(53)}-123-`);
});

const IGNORE_EVICTED: batchV1.PodFailurePolicy = { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] };

test.each<[string, Record<string, string> | undefined, boolean, Record<string, string>]>([
  ['none before', undefined, false, { 'batch.kubernetes.io/job-index-failure-count': '0' }],
  ['one before', { 'batch.kubernetes.io/job-index-failure-count': '1' }, false, { 'batch.kubernetes.io/job-index-failure-count': '2' }],
  ['an ignored one', { 'batch.kubernetes.io/job-index-failure-count': '1' }, true, { 'batch.kubernetes.io/job-index-failure-count': '1', 'batch.kubernetes.io/job-index-ignored-failure-count': '1' }],
  ['a broken annotation', { 'batch.kubernetes.io/job-index-failure-count': '-4' }, false, { 'batch.kubernetes.io/job-index-failure-count': '1' }],
])('the count of failures of an index: %s', (_name, annotations, evicted, want) => {
  const replaced: coreV1.Pod | undefined = annotations && { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', annotations }, status: { phase: 'Failed', ...(evicted && { conditions: [{ type: 'DisruptionTarget', status: 'True' }] }) } };
  const { 'batch.kubernetes.io/job-completion-index': _index, ...counts } = made(job({ completionMode: 'Indexed', backoffLimitPerIndex: 3, podFailurePolicy: IGNORE_EVICTED }), 0, replaced).metadata.annotations ?? {};
  expect(counts).toEqual(want);
});
