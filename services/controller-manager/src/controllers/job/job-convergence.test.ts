import fc from 'fast-check';
import { batchV1Resources, coreV1Resources, type batchV1, type coreV1 } from '@kubernode/api';
import { startControllers, type ControllerWorld } from '@kubernode/testing';
import { isActivePod } from '../pods.ts';
import { jobController } from './job-controller.ts';

const { pods, jobs } = { pods: coreV1Resources.pods, jobs: batchV1Resources.jobs };
const PARALLELISM_MAX = 4;
const COMPLETIONS = 5;

function newJob(indexed: boolean): batchV1.Job {
  const labels = { job: 'j' };
  return {
    apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', namespace: 'ns' },
    spec: {
      parallelism: 2, completions: COMPLETIONS, backoffLimit: 1000, suspend: false, completionMode: indexed ? 'Indexed' : 'NonIndexed', podReplacementPolicy: 'TerminatingOrFailed', selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'i' }] } } as unknown as coreV1.PodTemplateSpec, // a template's metadata has no name
    },
  };
}

const stored = ({ client }: ControllerWorld): batchV1.Job => client.stored<batchV1.Job>(jobs, 'ns/j') ?? newJob(false);
const activePods = ({ client }: ControllerWorld): coreV1.Pod[] => client.all(pods).filter(isActivePod);

type Step = { do: 'parallelism' | 'succeed' | 'fail' | 'delete'; to: number } | { do: 'suspend' | 'resume' | 'wait' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('parallelism' as const, 'succeed' as const, 'fail' as const, 'delete' as const), to: fc.nat(PARALLELISM_MAX) }),
  fc.record({ do: fc.constantFrom('suspend' as const, 'resume' as const, 'wait' as const) }),
);

async function take(world: ControllerWorld, one: Step): Promise<void> {
  const change = (spec: Partial<batchV1.JobSpec>): void => { const job = stored(world); world.client.put({ ...job, spec: { ...job.spec, ...spec }, metadata: { ...job.metadata, generation: (job.metadata.generation ?? 1) + 1 } }); };
  const victim = 'to' in one ? activePods(world)[one.to] : undefined;
  switch (one.do) {
    case 'parallelism': change({ parallelism: one.to }); break;
    case 'suspend': change({ suspend: true }); break;
    case 'resume': change({ suspend: false }); break;
    case 'succeed': if (victim) world.client.put({ ...victim, status: { phase: 'Succeeded' } }); break;
    case 'fail': if (victim) world.client.put({ ...victim, status: { phase: 'Failed' } }); break;
    case 'delete': if (victim) await world.client.delete(pods, { name: victim.metadata.name, namespace: 'ns' }); break;
    case 'wait': await world.clock.advance(1500); break;
  }
}

test.each([['without', false], ['with', true]])('whatever is asked of a job %s indexes, it keeps to its parallelism and completes', async (_name, indexed) => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.nat(10_000), async (steps, seed) => {
    const world = startControllers([jobController()], { seed, faults: true, objects: [newJob(indexed)] });
    const bounded = (): void => { expect(activePods(world).length).toBeLessThanOrEqual(PARALLELISM_MAX); };
    for (const one of steps) {
      await take(world, one);
      await world.clock.advance(300);
      bounded();
    }
    world.client.put({ ...stored(world), spec: { ...stored(world).spec, suspend: false, parallelism: 3 } });
    for (let i = 0; i < 60 && stored(world).status?.completionTime === undefined; i++) {
      await world.clock.advance(i < 10 ? 2000 : 700_000); // past every back-off
      bounded();
      for (const pod of activePods(world)) world.client.put({ ...pod, status: { phase: 'Succeeded' } });
    }
    await world.clock.advance(5000);
    const { active, uncountedTerminatedPods, conditions = [], completedIndexes } = stored(world).status ?? {};
    expect({ active, uncountedTerminatedPods, ends: conditions.filter(({ status }) => status === 'True').map(({ type }) => type), completedIndexes, tracked: world.client.all(pods).filter(({ metadata }) => (metadata.finalizers ?? []).length > 0).length })
      .toEqual({ active: undefined, uncountedTerminatedPods: {}, ends: ['SuccessCriteriaMet', 'Complete'], completedIndexes: indexed ? `0-${COMPLETIONS - 1}` : undefined, tracked: 0 });
    await world.stop();
  }), { numRuns: 12, seed: 5 });
});
