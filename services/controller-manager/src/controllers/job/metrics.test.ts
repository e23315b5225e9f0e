import type { batchV1 } from '@kubernode/api';
import { Registry } from 'prom-client';
import { jobMetrics, ttlMetrics } from './metrics.ts';

function job(spec: Partial<batchV1.JobSpec> = {}): batchV1.Job { return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j' }, spec: { template: {}, ...spec } }; }

async function valuesOf(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.includes('_bucket'));
  return Object.fromEntries(lines.map((line) => { const at = line.lastIndexOf(' '); return [line.slice(0, at).replace('job_controller_', ''), Number(line.slice(at + 1))]; }));
}

test('what became of jobs and their pods is counted under Kubernetes\' names, also by the next leader', async () => {
  const registry = new Registry();
  const metrics = jobMetrics(registry);
  metrics.onCounted(job(), { succeeded: 1 }, { succeeded: 3, failed: 2 });
  metrics.onCounted(job({ completionMode: 'Indexed', completions: 5, backoffLimitPerIndex: 1 }), { completedIndexes: '0' }, { completedIndexes: '0-2', failedIndexes: '4' });
  jobMetrics(registry).onFinished(job(), { result: 'failed', reason: 'BackoffLimitExceeded' });
  metrics.onFailuresHandled(['Ignore', 'Ignore', 'FailJob']);
  metrics.onCreation('recreate_failed', 'succeeded');
  metrics.onSync(job(), 'pods_created');
  metrics.onLook(job(), 0.1, false);
  metrics.onExternal('example.com/mine');
  expect(await valuesOf(registry)).toEqual({
    'job_pods_finished_total{completion_mode="NonIndexed",result="succeeded"}': 2, 'job_pods_finished_total{completion_mode="NonIndexed",result="failed"}': 2,
    'job_pods_finished_total{completion_mode="Indexed",result="succeeded"}': 2, 'job_pods_finished_total{completion_mode="Indexed",result="failed"}': 0,
    'job_finished_indexes_total{status="succeeded",backoffLimit="perIndex"}': 2, 'job_finished_indexes_total{status="failed",backoffLimit="perIndex"}': 1,
    'jobs_finished_total{completion_mode="NonIndexed",result="failed",reason="BackoffLimitExceeded"}': 1,
    'pod_failures_handled_by_failure_policy_total{action="Ignore"}': 2, 'pod_failures_handled_by_failure_policy_total{action="FailJob"}': 1,
    'job_pods_creation_total{reason="recreate_failed",status="succeeded"}': 1, 'job_syncs_total{completion_mode="NonIndexed",result="success",action="pods_created"}': 1,
    'job_sync_duration_seconds_sum{completion_mode="NonIndexed",result="success",action="pods_created"}': 0.1, 'job_sync_duration_seconds_count{completion_mode="NonIndexed",result="success",action="pods_created"}': 1,
    'jobs_by_external_controller_total{controller_name="example.com/mine"}': 1,
  });
});

test('a job made smaller takes nothing back', async () => {
  const registry = new Registry();
  jobMetrics(registry).onCounted(job({ completionMode: 'Indexed', completions: 1 }), { completedIndexes: '0-4' }, { completedIndexes: '0' });
  expect(await valuesOf(registry)).toMatchObject({ 'job_pods_finished_total{completion_mode="Indexed",result="succeeded"}': 0 });
});

test('how late jobs are deleted', async () => {
  const registry = new Registry();
  ttlMetrics(registry).onDeleted(1500);
  expect(await valuesOf(registry)).toMatchObject({ ttl_after_finished_controller_job_deletion_duration_seconds_sum: 1.5, ttl_after_finished_controller_job_deletion_duration_seconds_count: 1 });
});
