import type { coreV1 } from '@kubernode/api';
import { createFakeClock, type FakeClock } from '@kubernode/testing';
import { assignedPodDelete, clusterEvent, nodeAdd, onNode, onPod, type EventRegistration } from '../framework/cluster-event.ts';
import type { Plugin } from '../framework/plugin.ts';
import { prioritySort } from '../plugins/priority-sort.ts';
import { schedulingGates } from '../plugins/scheduling-gates.ts';
import { testNode, testPod } from '../test-support/test-cluster.ts';
import { RequeueHints } from './requeue-hints.ts';
import { SchedulingQueue } from './scheduling-queue.ts';

const SCHEDULER = 'default-scheduler';

interface World { queue: SchedulingQueue; clock: FakeClock; incoming: string[] }

/** A queue whose plugins are `fit`, brought back by deleted pods and larger nodes, and `wait`, brought back by new nodes. */
function world(before: NonNullable<Plugin['before']> = prioritySort.before as NonNullable<Plugin['before']>): World {
  const clock = createFakeClock();
  const registrations = new Map<string, readonly EventRegistration[]>([
    ['fit', [onPod(['Delete'], (_pod, change) => change.before?.metadata.name !== 'tiny'), onNode(['UpdateNodeAllocatable'])]],
    ['wait', [onNode(['Add'])]],
    ['SchedulingGates', schedulingGates.events ?? []],
  ]);
  const incoming: string[] = [];
  const queue = new SchedulingQueue({
    clock, before, backoff: { initialMs: 1000, maxMs: 10_000 }, preEnqueue: () => [schedulingGates],
    hints: new RequeueHints(new Map([[SCHEDULER, registrations]]), { onFault: (_plugin, error) => { throw error; } }), onIncoming: (name, cause) => { incoming.push(`${name}: ${cause}`); },
  });
  return { queue, clock, incoming };
}

const nameOf = (queue: SchedulingQueue): string | undefined => queue.tryPop()?.info.pod.metadata.name;
const names = (queue: SchedulingQueue): string[] => { const all: string[] = []; for (let name = nameOf(queue); name !== undefined; name = nameOf(queue)) all.push(name); return all; };
const fit = { refusedBy: new Set(['fit']) };
const fault = { refusedBy: new Set<string>() };
const gone = (name = 'x'): coreV1.Pod => testPod({ name, nodeName: 'a' });

/** Takes the next pod and turns it down. */
function turnDown({ queue }: World, how: Parameters<SchedulingQueue['refuse']>[2] = fit): void {
  const queued = queue.tryPop();
  if (queued === undefined) throw new Error('a pod waits');
  queue.refuse(queued, queued.info.pod, how);
}

/** Keeps the queue from trying pods in back-off early. */
function busy({ queue }: World): void { queue.add(testPod({ name: 'busy', priority: -1 })); }

describe('SchedulingQueue', () => {
  test('gives out the more important first, then the older', async () => {
    const { queue, clock } = world();
    queue.add(testPod({ name: 'old' }));
    await clock.advance(1);
    queue.add(testPod({ name: 'new' }));
    queue.add(testPod({ name: 'important', priority: 5 }));
    expect(names(queue)).toEqual(['important', 'old', 'new']);
  });

  test('keeps a pod until something happens that helps', () => {
    const one = world();
    one.queue.add(testPod({ name: 'p' }));
    turnDown(one);
    one.queue.moveOn(nodeAdd, { after: testNode('n') });
    one.queue.moveOn(assignedPodDelete, { before: gone('tiny') });
    expect([one.queue.counts, nameOf(one.queue)]).toEqual([{ active: 0, backoff: 0, unschedulable: 1, gated: 0 }, undefined]);
    one.queue.moveOn(assignedPodDelete, { before: gone() });
    expect([one.queue.counts.backoff, nameOf(one.queue)]).toEqual([1, 'p']); // nothing else is to do, so it need not wait
  });

  test('back-off doubles, ends at a whole second, and goes before nothing while others are active', async () => {
    const one = world();
    one.queue.add(testPod({ name: 'p' }));
    turnDown(one);
    one.queue.moveOn(assignedPodDelete, { before: gone() });
    turnDown(one);
    busy(one);
    one.queue.moveOn(assignedPodDelete, { before: gone() });
    await one.clock.advance(1999);
    expect(one.queue.counts).toEqual({ active: 1, backoff: 1, unschedulable: 0, gated: 0 });
    await one.clock.advance(2001);
    expect([one.queue.counts.active, nameOf(one.queue), one.incoming.at(-1)]).toEqual([2, 'p', 'active: BackoffComplete']);
  });

  test('after a fault a pod waits for its back-off, even when nothing else is to do', async () => {
    const one = world();
    one.queue.add(testPod({ name: 'p' }));
    turnDown(one, fault);
    expect([one.queue.counts.backoff, nameOf(one.queue)]).toEqual([1, undefined]);
    await one.clock.advance(2000);
    expect(nameOf(one.queue)).toBe('p');
  });

  test('an event that came while the pod was tried is not lost', () => {
    const one = world();
    one.queue.add(testPod({ name: 'p' }));
    const queued = one.queue.tryPop();
    one.queue.moveOn(assignedPodDelete, { before: gone() });
    if (queued !== undefined) one.queue.refuse(queued, queued.info.pod, fit);
    expect([one.queue.counts.backoff, one.queue.inFlight.events, one.queue.inFlight.pods]).toEqual([1, 0, 0]);
  });

  test('a plugin that waits for something of its own brings the pod back at once', () => {
    const one = world();
    one.queue.add(testPod({ name: 'p' }));
    turnDown(one, { refusedBy: new Set(['fit']), pendingBy: new Set(['wait']) });
    busy(one);
    one.queue.moveOn(nodeAdd, { after: testNode('n') });
    expect(one.queue.counts).toMatchObject({ active: 2, backoff: 0 });
  });

  test('five minutes without any event are an event', async () => {
    const one = world();
    one.queue.add(testPod({ name: 'p' }));
    turnDown(one);
    await one.clock.advance(300_000);
    one.queue.flushStale();
    expect(one.queue.counts.unschedulable).toBe(1);
    await one.clock.advance(1);
    one.queue.flushStale();
    expect([nameOf(one.queue), one.incoming.at(-1)]).toEqual(['p', 'active: UnschedulableTimeout']);
  });

  test('gates keep a pod out until the last is gone', () => {
    const { queue } = world();
    const gated = testPod({ name: 'p', schedulingGates: [{ name: 'g' }] });
    const open = { ...gated, spec: { ...gated.spec, schedulingGates: [] } as unknown as coreV1.PodSpec };
    queue.add(gated);
    queue.moveOn(clusterEvent('Node', 'UpdateNodeAllocatable'), {});
    expect([queue.counts.gated, nameOf(queue)]).toEqual([1, undefined]);
    queue.update(gated, open);
    expect([queue.counts.gated, nameOf(queue)]).toEqual([0, 'p']);
  });

  test('what is removed does not come back', () => {
    const { queue } = world();
    const pod = testPod({ name: 'p' });
    queue.add(pod);
    queue.remove(pod.metadata.uid ?? '');
    expect(names(queue)).toEqual([]);
  });

  test('a promise is kept through changes that say nothing of it', () => {
    const { queue } = world();
    const pod = testPod({ name: 'p' });
    queue.add(pod);
    const queued = queue.tryPop();
    if (queued === undefined) throw new Error('a pod waits');
    queue.refuse(queued, pod, fit);
    queue.nominator.set(queued.info, 'a');
    const labelled = { ...pod, metadata: { ...pod.metadata, labels: { a: 'b' } } };
    queue.update(pod, labelled);
    expect(queue.nominator.on('a').map(({ labels }) => labels)).toEqual([{ a: 'b' }]);
    queue.update({ ...labelled, status: { nominatedNodeName: 'a' } }, labelled);
    expect(queue.nominator.on('a')).toEqual([]);
  });
});
