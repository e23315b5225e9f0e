import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { seededRng, TaskGroup } from '@kubernode/base';
import { createInformerFactory } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClient, createFakeClock, type FakeClient, type FakeClock } from '@kubernode/testing';
import { simulatePods } from './simulate-pods.ts';

const START = Date.UTC(2026, 10, 21, 12);

function podOn(nodeName: string, name: string, container: Partial<coreV1.Container> = {}, restartPolicy = 'Always'): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'n', uid: `uid-${name}` }, spec: { nodeName, restartPolicy, containers: [{ name: 'main', image: 'x', ...container }] } };
}

interface Simulation { client: FakeClient; clock: FakeClock; phase(name: string): string | undefined; pod(name: string): coreV1.Pod | undefined; stop(): Promise<void> }

async function simulate(...objects: object[]): Promise<Simulation> {
  const clock = createFakeClock(START);
  const client = createFakeClient(objects, { now: () => clock.now() });
  const informers = createInformerFactory({ client, clock, rng: seededRng(1), logger: silentLogger });
  const pods = informers.informer(coreV1Resources.pods);
  const group = new TaskGroup();
  group.spawn((signal) => simulatePods({ client, pods, nodes: new Map([['sim-0', '172.16.0.0'], ['sim-1', '172.16.0.1']]), clock, logger: silentLogger }, signal));
  group.spawn((signal) => informers.run(signal));
  await clock.advance(10);
  const pod = (name: string): coreV1.Pod | undefined => client.stored(coreV1Resources.pods, `n/${name}`);
  return { client, clock, pod, phase: (name) => pod(name)?.status?.phase, stop: async () => { group.stop(); await group.done(); } };
}

test('simulatePods runs the pods of its nodes, each at an address of its own, and no others', async () => {
  const { clock, pod, phase, stop } = await simulate(podOn('sim-0', 'a'), podOn('sim-1', 'b'), podOn('real', 'c'));
  expect(phase('a')).toBeUndefined();
  await clock.advance(200);
  expect(['a', 'b', 'c'].map(phase)).toEqual(['Running', 'Running', undefined]);
  expect(['a', 'b'].map((name) => pod(name)?.status?.hostIP)).toEqual(['172.16.0.0', '172.16.0.1']);
  expect(pod('a')?.status?.podIP).not.toBe(pod('b')?.status?.podIP);
  await stop();
});

test('simulatePods ends what ends by itself as its exit code says', async () => {
  const { clock, phase, stop } = await simulate(podOn('sim-0', 'good', { command: ['true'] }, 'Never'), podOn('sim-0', 'bad', { command: ['sh', '-c', 'exit 3'] }, 'Never'), podOn('sim-0', 'ever', { command: ['true'] }));
  await clock.advance(3000);
  expect(['good', 'bad', 'ever'].map(phase)).toEqual(['Succeeded', 'Failed', 'Running']);
  await stop();
});

test('simulatePods takes a deleted pod away', async () => {
  const { client, clock, pod, stop } = await simulate({ ...podOn('sim-0', 'a'), metadata: { name: 'a', namespace: 'n', uid: 'uid-a', deletionTimestamp: '2026-11-21T12:00:00Z', deletionGracePeriodSeconds: 30, finalizers: ['x'] } });
  await clock.advance(200);
  expect(client.writes.filter(({ verb }) => verb === 'delete').map(({ key }) => key)).toContain('n/a');
  expect(pod('a')?.status?.phase).toBeUndefined();
  await stop();
});

test('simulatePods tries again when a write fails', async () => {
  const { client, clock, phase, stop } = await simulate(podOn('sim-0', 'a'));
  let refusals = 2;
  client.onWrite = () => { if (refusals-- > 0) throw new Error('cut off'); };
  await clock.advance(5000);
  expect([phase('a'), refusals < 0]).toEqual(['Running', true]);
  await stop();
});
