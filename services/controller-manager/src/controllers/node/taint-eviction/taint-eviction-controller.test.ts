import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { createFakeClock, startControllers, type ControllerWorld } from '@kubernode/testing';
import { taintEvictionController } from './taint-eviction-controller.ts';

const { pods } = coreV1Resources;

/** The world's clock is the controller's own. */
function start(): ControllerWorld {
  const begun: { world?: ControllerWorld } = {};
  const before = createFakeClock(1_000_000);
  begun.world = startControllers([taintEvictionController({ clock: { ...before, monotonicNow: () => (begun.world?.clock ?? before).monotonicNow() } })]);
  return begun.world;
}

function node(...taints: string[]): coreV1.Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec: { taints: taints.map((key) => ({ key, effect: 'NoExecute' })) } };
}

function pod(uid: string, tolerationSeconds: number, nodeName = 'n'): coreV1.Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid }, spec: { ...(nodeName !== '' && { nodeName }), containers: [], tolerations: [{ key: 'a', operator: 'Exists', tolerationSeconds }] } };
}

const CANCELLED = 'TaintManagerEviction: Cancelling deletion of Pod ns/p';
const MARKED = 'TaintManagerEviction: Marking for deletion Pod ns/p';

/** What is done, after how many seconds each; whether the pod is there at the end, and what was told. */
test.each<[string, (readonly [seconds: number, deed: (world: ControllerWorld) => void | Promise<void>])[], boolean, string[]]>([
  ['is evicted in its time', [[0, ({ client }) => { client.put(node('a')); client.put(pod('1', 10)); }], [11, () => undefined]], false, [MARKED]],
  ['is not, before', [[0, ({ client }) => { client.put(node('a')); client.put(pod('1', 10)); }], [9, () => undefined]], true, []],
  ['has its time from when it is bound', [[0, ({ client }) => { client.put(node('a')); client.put(pod('1', 10, '')); }], [8, ({ client }) => { client.put(pod('1', 10)); }], [9, () => undefined]], true, []],
  ['stays when the taint goes', [[0, ({ client }) => { client.put(node('a')); client.put(pod('1', 10)); }], [5, ({ client }) => { client.put(node()); }], [20, () => undefined]], true, [CANCELLED]],
  ['has no new time when the taint is written again', [[0, ({ client }) => { client.put(node('a')); client.put(pod('1', 10)); }], [8, ({ client }) => { client.put({ ...node('a'), metadata: { name: 'n', labels: { x: 'y' } } }); }], [3, () => undefined]], false, [MARKED]],
  ['goes at once when another taint comes', [[0, ({ client }) => { client.put(node('a')); client.put(pod('1', 10)); }], [2, ({ client }) => { client.put(node('a', 'b')); }], [1, () => undefined]], false, [CANCELLED, MARKED]],
  ['that is gone leaves nothing behind', [[0, ({ client }) => { client.put(node('a')); client.put(pod('1', 10)); }], [5, ({ client }) => client.delete(pods, { name: 'p', namespace: 'ns' })], [1, ({ client }) => { client.put(pod('2', 10)); }], [8, () => undefined]], true, [CANCELLED]],
  ['made anew at once has its own time', [[0, ({ client }) => { client.put(node('a')); client.put(pod('1', 10)); }], [5, ({ client }) => { client.put(pod('2', 10)); }], [8, () => undefined]], true, []],
])('a pod %s', async (_name, deeds, stays, told) => {
  const world = start();
  for (const [seconds, deed] of deeds) {
    await world.clock.advance(seconds * 1000);
    await deed(world);
    await world.clock.advance(100);
  }
  expect({ stays: world.client.stored(pods, 'ns/p') !== undefined, told: world.events }).toEqual({ stays, told });
  await world.stop();
});
