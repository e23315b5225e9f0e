import { coreV1Resources, eventsV1Resources, type coreV1 } from '@kubernode/api';
import { seededRng, systemClock, TaskGroup } from '@kubernode/base';
import { createInformerFactory, createSeriesRecorder, WorkQueueMetrics } from '@kubernode/client';
import { FileFollower, createRegistry, silentLogger } from '@kubernode/component-base';
import type { Runtime } from '@kubernode/controller';
import { createFakeClient, type FakeClient } from '@kubernode/testing';
import { readConfiguration } from '../config/load-configuration.ts';
import { defaultConfiguration, type SchedulerConfiguration } from '../config/scheduler-configuration.ts';
import type { PluginFactory, PluginHandle } from '../framework/plugin.ts';
import { testNode, testPod } from '../test-support/test-cluster.ts';
import { SchedulerMetrics } from './scheduler-metrics.ts';
import { Scheduler } from './scheduler.ts';

interface World { client: FakeClient; stop(): Promise<void>; metrics(): Promise<string>; until(what: () => boolean): Promise<void> }

/** A scheduler over a fake cluster. */
function start(objects: readonly object[], { configuration = defaultConfiguration, modules = new Map<string, PluginFactory>() }: { configuration?: SchedulerConfiguration; modules?: ReadonlyMap<string, PluginFactory> } = {}): World {
  const client = createFakeClient(objects);
  const group = new TaskGroup();
  const registry = createRegistry();
  const basics = { client, clock: systemClock, rng: seededRng(1), logger: silentLogger };
  const informers = createInformerFactory(basics);
  const recorder = createSeriesRecorder({ ...basics, component: 'default-scheduler', host: 'here' });
  group.spawn((signal) => recorder.run(signal));
  const runtime: Runtime = { ...basics, registry, pages: new Map(), informers, metrics: new WorkQueueMetrics(registry), follower: new FileFollower({ ...basics, logger: silentLogger }), serverAuthority: () => '', recorder: () => { throw new Error('the scheduler tells of series'); }, seriesRecorder: () => recorder };
  const scheduler: Scheduler = new Scheduler({ runtime, configuration, modules, metrics: new SchedulerMetrics(registry, runtime.clock, { queue: () => scheduler.queue, cache: () => scheduler.cache, binding: () => scheduler.binding }) });
  group.spawn((signal) => informers.run(signal));
  group.spawn((signal) => scheduler.run(signal));
  return {
    client, metrics: () => registry.metrics(),
    async stop() { group.stop(); await group.done(); },
    async until(what) { for (let i = 0; !what(); i++) { if (i > 500) throw new Error('waited in vain'); await systemClock.sleep(10); } },
  };
}

const nodeOf = (client: FakeClient, name: string): string | undefined => client.stored(coreV1Resources.pods, `ns/${name}`)?.spec?.nodeName;
const notes = (client: FakeClient): string[] => client.all(eventsV1Resources.events).map(({ reason, action, note }) => `${reason ?? ''} ${action ?? ''}: ${note ?? ''}`);
const conditionOf = (client: FakeClient, name: string): coreV1.PodCondition | undefined => client.stored(coreV1Resources.pods, `ns/${name}`)?.status?.conditions?.find(({ type }) => type === 'PodScheduled');
const cpu = (name: string, amount: string, more: Parameters<typeof testPod>[0] = {}): coreV1.Pod => testPod({ name, requests: { cpu: amount }, ...more });

/** What kube-scheduler 1.36 registers, but for what belongs to features that are not here: batching, API calls by a dispatcher, devices as extended resources, binding conditions, pod groups. */
const NAMES = [
  'schedule_attempts_total', 'scheduling_attempt_duration_seconds', 'scheduling_algorithm_duration_seconds', 'event_handling_duration_seconds', 'preemption_victims', 'preemption_attempts_total', 'pending_pods',
  'inflight_events', 'goroutines', 'pod_scheduling_sli_duration_seconds', 'pod_scheduling_attempts', 'pod_scheduled_after_flush_total', 'framework_extension_point_duration_seconds', 'plugin_execution_duration_seconds',
  'queueing_hint_execution_duration_seconds', 'queue_incoming_pods_total', 'permit_wait_duration_seconds', 'cache_size', 'unschedulable_pods', 'plugin_evaluation_total', 'preemption_goroutines_duration_seconds',
  'preemption_goroutines_execution_total', 'volume_scheduling_stage_error_total',
];

/** Labels as Kubernetes has them, after a preemption. */
const SERIES = [
  'event_handling_duration_seconds_count{event="AssignedPodDelete"}', 'event_handling_duration_seconds_count{event="UnscheduledPodAdd"}', 'goroutines{operation="binding"} 0', 'preemption_victims_count 1',
  ...['PreFilter', 'Filter', 'Reserve', 'Permit', 'Bind', 'PostBind'].map((point) => `framework_extension_point_duration_seconds_count{extension_point="${point}",status="Success",profile="default-scheduler"}`),
  'plugin_execution_duration_seconds_count{plugin="NodeResourcesFit",extension_point="Filter",status="Unschedulable"}', 'plugin_evaluation_total{plugin="NodeResourcesFit",extension_point="Filter",profile="default-scheduler"}',
  'queueing_hint_execution_duration_seconds_count{plugin="NodeResourcesFit",event="AssignedPodDelete",hint="Queue"}', 'preemption_goroutines_execution_total{result="success"} 1',
];

describe('Scheduler', () => {
  let world: World | undefined;
  afterEach(async () => { await world?.stop(); world = undefined; });

  test('binds pods and tells of it', async () => {
    world = start([testNode('a'), cpu('p', '1')]);
    const { client, until, metrics } = world;
    await until(() => nodeOf(client, 'p') === 'a' && notes(client).length > 0);
    expect(notes(client)).toEqual(['Scheduled Binding: Successfully assigned ns/p to a']);
    expect(await metrics()).toContain('scheduler_schedule_attempts_total{result="scheduled",profile="default-scheduler"} 1');
  });

  test('says why a pod has no node, and places it when one comes', async () => {
    world = start([testNode('a'), cpu('p', '5')]);
    const { client, until } = world;
    await until(() => conditionOf(client, 'p') !== undefined);
    expect(conditionOf(client, 'p')).toMatchObject({ status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.' });
    client.put(testNode('b', { allocatable: { cpu: '8', pods: '10' } }));
    await until(() => nodeOf(client, 'p') === 'b');
  });

  test('evicts less important pods, marked, and then takes their place', async () => {
    world = start([testNode('a'), cpu('low', '3', { priority: 1, nodeName: 'a' }), cpu('high', '3', { priority: 10 })]);
    const { client, until } = world;
    await until(() => nodeOf(client, 'high') === 'a');
    const marked = client.writes.find(({ verb, key }) => verb === 'patch' && key === 'ns/low');
    expect(marked?.body).toMatchObject({ status: { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message: 'default-scheduler: preempting to accommodate a higher priority pod' }] } });
    await until(() => notes(client).some((one) => one.startsWith('Preempted Preempting: Preempted by pod ')));
  });

  test('a binding that fails gives the place back, and is tried again', async () => {
    let failures = 1;
    world = start([testNode('a'), testNode('unfit', { unschedulable: true })]);
    const { client, until } = world;
    client.onWrite = ({ subresource }) => { if (subresource === 'binding' && failures-- > 0) throw new Error('the server is busy'); };
    client.put(cpu('p', '3'));
    await until(() => nodeOf(client, 'p') === 'a');
    expect(conditionOf(client, 'p')).toMatchObject({ reason: 'SchedulerError', message: 'running Bind plugin "DefaultBinder": the server is busy' });
  });

  test('a permit plugin holds pods, which count on their node meanwhile', async () => {
    let handle: PluginHandle | undefined;
    const modules = new Map<string, PluginFactory>([['Gate', (given) => { handle = given; return { name: 'Gate', permit: ({ subject }) => (subject.pod.metadata.name === 'held' ? { waitMs: 60_000 } : undefined) }; }]]);
    const configuration = readConfiguration('{apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration, profiles: [{plugins: {permit: {enabled: [{name: Gate}]}}}]}');
    world = start([testNode('a'), cpu('held', '3')], { configuration, modules });
    const { client, until } = world;
    await until(() => client.stored(coreV1Resources.pods, 'ns/held')?.status?.nominatedNodeName === 'a');
    client.put(cpu('late', '3'));
    await until(() => conditionOf(client, 'late') !== undefined);
    expect(nodeOf(client, 'held')).toBeUndefined();
    for (const uid of handle?.waitingPods.uids() ?? []) handle?.waitingPods.reject(uid, 'Gate', 'closed');
    await until(() => nodeOf(client, 'late') === 'a');
    await until(() => client.writes.some(({ key, body }) => key === 'ns/held' && JSON.stringify(body).includes('0/1 nodes are available: 1 closed.')));
  });

  test('a plugin that throws fails the attempt, not the scheduler', async () => {
    const broken = (): never => { throw new Error('oh no'); };
    const modules = new Map<string, PluginFactory>([['Broken', () => ({ name: 'Broken', permit: ({ subject }) => (subject.pod.metadata.name === 'p' ? broken() : undefined), preEnqueue: ({ metadata }) => (metadata.name === 'gated' ? broken() : undefined) })]]);
    const configuration = readConfiguration('{apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration, profiles: [{plugins: {multiPoint: {enabled: [{name: Broken}]}}}]}');
    world = start([testNode('a'), testPod({ name: 'gated' }), testPod({ name: 'p' }), testPod({ name: 'q' })], { configuration, modules });
    const { client, until } = world;
    await until(() => nodeOf(client, 'q') === 'a' && conditionOf(client, 'p') !== undefined);
    expect([conditionOf(client, 'p')?.message, nodeOf(client, 'gated')]).toEqual(['running Permit plugin "Broken": oh no', undefined]);
  });

  test("shows kube-scheduler's metrics", async () => {
    world = start([testNode('a'), cpu('low', '3', { priority: 1, nodeName: 'a' }), cpu('high', '3', { priority: 10 })]);
    const { client, until, metrics } = world;
    await until(() => nodeOf(client, 'high') === 'a' && notes(client).length > 1);
    const text = await metrics();
    expect(NAMES.filter((name) => !text.includes(`# TYPE scheduler_${name} `))).toEqual([]);
    expect(SERIES.filter((series) => !text.includes(`scheduler_${series}`))).toEqual([]);
  });

  test('leaves pods of other schedulers alone', async () => {
    world = start([testNode('a'), testPod({ name: 'theirs', schedulerName: 'other' }), testPod({ name: 'ours' })]);
    const { client, until } = world;
    await until(() => nodeOf(client, 'ours') === 'a');
    expect(nodeOf(client, 'theirs')).toBeUndefined();
  });
});
