import { type Cidr, parseCidr } from '@kubernode/apimachinery';
import fc from 'fast-check';
import { coreV1Resources, type coordinationV1, type coreV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import type { Controller } from '@kubernode/controller';
import { createFakeClock, startControllers, type ControllerWorld } from '@kubernode/testing';
import { podGarbageCollector } from '../pod-garbage-collector/pod-garbage-collector.ts';
import { CidrSet } from './ipam/cidr-set.ts';
import { nodeIpamController } from './ipam/node-ipam-controller.ts';
import { nodeLifecycleControllers } from './lifecycle/node-lifecycle-controllers.ts';
import { taintEvictionController } from './taint-eviction/taint-eviction-controller.ts';

const NAMES = ['a', 'b', 'c', 'd'] as const;
type Name = typeof NAMES[number];
const { nodes, pods } = coreV1Resources;

/** The world's clock starts where the controllers' own must: they measure silence by it. */
function start(seed: number, faults: boolean): ControllerWorld {
  const begun: { world?: ControllerWorld } = {};
  const before = createFakeClock(1_000_000);
  const clock = { ...before, now: () => (begun.world?.clock ?? before).now(), monotonicNow: () => (begun.world?.clock ?? before).monotonicNow() };
  const controllers: Controller[] = [
    ...nodeLifecycleControllers({ clock, periodMs: 5000, graceMs: 50_000, startupGraceMs: 60_000, evictionRate: 0.1, secondaryEvictionRate: 0.01, largeClusterSize: 50, unhealthyZoneShare: 0.55 }),
    taintEvictionController({ clock }), podGarbageCollector({ clock, threshold: 0 }), nodeIpamController([new CidrSet(parseCidr('10.0.0.0/21') as Cidr, 24)]), // a range
  ];
  begun.world = startControllers(controllers, { seed, faults });
  return begun.world;
}

function join({ client, clock }: ControllerWorld, name: string): void {
  client.put({
    apiVersion: 'v1', kind: 'Node', metadata: { name, uid: `${name}-${clock.now()}`, creationTimestamp: new Date(clock.now()).toISOString() },
    spec: { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] }, status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: new Date(clock.now()).toISOString() }] },
  });
}

function run({ client }: ControllerWorld, name: string, nodeName: string, tolerationSeconds: number): void {
  const toleration = (key: string): coreV1.Toleration => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds });
  client.put({
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', uid: name }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    spec: { nodeName, containers: [], tolerations: [toleration('node.kubernetes.io/unreachable'), toleration('node.kubernetes.io/not-ready')] },
  });
}

/** Goes on in time, step by step, while the living nodes renew their leases, and say again that they are ready. */
async function live(world: ControllerWorld, alive: ReadonlySet<string>, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10_000) {
    for (const name of alive) {
      const lease: coordinationV1.Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace: 'kube-node-lease' }, spec: { renewTime: new Date(world.clock.now()).toISOString().replace('Z', '000Z') } };
      world.client.put(lease);
      const node = world.client.stored(nodes, name);
      const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready');
      if (node !== undefined && ready?.status !== 'True') world.client.put({ ...node, status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: new Date(world.clock.now()).toISOString() }] } });
    }
    await world.clock.advance(Math.min(left, 10_000));
  }
}

const taintsOf = ({ client }: ControllerWorld, name: string): string[] => (client.stored(nodes, name)?.spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);

test('a node dies: its pods are not ready, then evicted in their time; when it is deleted, the rest goes too', async () => {
  const world = start(1, false);
  for (const name of ['a', 'b']) join(world, name);
  run(world, 'short', 'a', 20);
  run(world, 'long', 'a', 3000);
  run(world, 'far', 'b', 0);
  await live(world, new Set(['a', 'b']), 20_000);
  expect([taintsOf(world, 'a'), world.client.stored(nodes, 'a')?.spec?.podCIDRs]).toEqual([[], ['10.0.0.0/24']]);
  await live(world, new Set(['b']), 60_000);
  expect(taintsOf(world, 'a')).toEqual(['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute']);
  expect(world.client.stored(pods, 'ns/long')?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False');
  await live(world, new Set(['b']), 30_000);
  expect(world.client.all(pods).map(({ metadata }) => metadata.name).sort()).toEqual(['far', 'long']);
  await world.client.delete(nodes, { name: 'a' });
  await live(world, new Set(['b']), 90_000);
  expect(world.client.all(pods).map(({ metadata }) => metadata.name)).toEqual(['far']);
  expect(world.events).toEqual(expect.arrayContaining(['NodeNotReady: Node a status is now: NodeNotReady', 'NodeNotReady: Node is not ready', 'TaintManagerEviction: Marking for deletion Pod ns/short', 'RemovingNode: Node a event: Removing Node a from Controller']));
  await world.stop();
});

test('whatever happens to nodes, however late it is heard of, they end as they are, and only pods of dead ones are lost', async () => {
  const step = fc.record({ name: fc.constantFrom<Name[]>(...NAMES), to: fc.constantFrom('dies' as const, 'lives' as const, 'leaves' as const), waitMs: fc.integer({ min: 1, max: 90_000 }) });
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 6 }), fc.nat(1000), async (steps, seed) => {
    const world = start(seed, true);
    const rng = seededRng(seed);
    const alive = new Set<string>([...NAMES, 'always']);
    const everLost = new Set<string>();
    for (const name of alive) { join(world, name); run(world, `on-${name}`, name, Math.floor(rng.next() * 30)); }
    await live(world, alive, 5000);
    for (const { name, to, waitMs } of steps) {
      if (to === 'lives') { if (world.client.stored(nodes, name) === undefined) join(world, name); alive.add(name); } else { alive.delete(name); everLost.add(name); }
      if (to === 'leaves' && world.client.stored(nodes, name) !== undefined) await world.client.delete(nodes, { name });
      await live(world, alive, waitMs);
    }
    await live(world, alive, 300_000);
    const left = world.client.all(nodes);
    for (const { metadata: { name } } of left) expect({ name, taints: taintsOf(world, name) }).toEqual({ name, taints: alive.has(name) ? [] : ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute'] });
    const kept = new Set(world.client.all(pods).map(({ metadata }) => metadata.name));
    for (const name of [...NAMES, 'always']) if (!everLost.has(name)) expect(kept).toContain(`on-${name}`);
    for (const { spec } of world.client.all(pods)) expect(alive).toContain(spec?.nodeName);
    const ranges = left.map(({ spec }) => spec?.podCIDR);
    expect(new Set(ranges).size).toBe(left.length);
    await world.stop();
  }), { numRuns: 8, seed: 3 });
});
