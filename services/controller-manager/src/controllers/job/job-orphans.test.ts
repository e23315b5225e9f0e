import { batchV1Resources, coreV1Resources, type batchV1, type coreV1 } from '@kubernode/api';
import type { Client } from '@kubernode/client';
import { startControllers, type FakeClient } from '@kubernode/testing';
import { jobController } from './job-controller.ts';

const FINALIZER = 'batch.kubernetes.io/job-tracking';
const LABELS = { job: 'j' };

function job({ uid = 'now', ended = false, managedBy }: { uid?: string; ended?: boolean; managedBy?: string } = {}): batchV1.Job {
  return {
    apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', namespace: 'ns', uid },
    spec: { parallelism: 1, completions: 1, selector: { matchLabels: LABELS }, template: {}, ...(managedBy !== undefined && { managedBy }) }, ...(ended && { status: { conditions: [{ type: 'Complete', status: 'True' }] } }),
  };
}

function pod(owner: { apiVersion?: string; kind?: string; uid?: string; controller?: boolean } | undefined, labels: Record<string, string> = LABELS): coreV1.Pod {
  const { apiVersion = 'batch/v1', kind = 'Job', uid = 'now', controller = true } = owner ?? {};
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', labels, finalizers: [FINALIZER], ...(owner && { ownerReferences: [{ apiVersion, kind, name: 'j', uid, controller }] }) },
    spec: { containers: [] }, status: { phase: 'Running' },
  };
}

/** Runs the controller for a while; says what became of the pod. */
async function after(objects: readonly object[], through: (client: FakeClient) => Client = (client) => client): Promise<{ tracked: boolean; owner: string | undefined }> {
  const world = startControllers([jobController()], { objects, through });
  await world.clock.advance(5000);
  await world.stop();
  const found = world.client.stored<coreV1.Pod>(coreV1Resources.pods, 'ns/p');
  return { tracked: found?.metadata.finalizers?.includes(FINALIZER) === true, owner: found?.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid };
}

test.each<[string, readonly object[], { tracked: boolean; owner: string | undefined }]>([
  ['of nobody is let go', [pod(undefined, { other: '1' })], { tracked: false, owner: undefined }],
  ['of nobody that a job selects is adopted', [job(), pod(undefined)], { tracked: true, owner: 'now' }],
  ['of nobody that an ended job selects is let go', [job({ ended: true }), pod(undefined)], { tracked: false, owner: undefined }],
  ['of a job that is gone is let go', [pod({})], { tracked: false, owner: 'now' }],
  ['of a former job of that name is let go', [job(), pod({ uid: 'former' })], { tracked: false, owner: 'former' }],
  ['of a former job is let go although another controller manages the next', [job({ managedBy: 'example.com/mine' }), pod({ uid: 'former' })], { tracked: false, owner: 'former' }],
  ['of an ended job is let go', [job({ ended: true }), pod({})], { tracked: false, owner: 'now' }],
  ['of a job that another controller manages is left alone', [job({ managedBy: 'example.com/mine' }), pod({})], { tracked: true, owner: 'now' }],
  ['of another kind of Job is left alone', [pod({ apiVersion: 'example.com/v1' })], { tracked: true, owner: 'now' }],
  ['with an owner that does not manage it is let go', [pod({ controller: false }, { other: '1' })], { tracked: false, owner: undefined }],
])('a tracked pod %s', async (_name, objects, want) => { expect(await after(objects)).toEqual(want); });

test('a job that is being deleted by now adopts nobody', async () => {
  const found = await after([job(), { ...pod(undefined), metadata: { ...pod(undefined).metadata, finalizers: [] } }], (client) => ({
    ...client, get: async (resource, target, options) => {
      const object = await client.get(resource, target, options);
      return resource.resource === batchV1Resources.jobs.resource ? { ...object, metadata: { ...(object as batchV1.Job).metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } } : object; // a Job was asked for
    },
  }));
  expect(found).toEqual({ tracked: false, owner: undefined });
});
