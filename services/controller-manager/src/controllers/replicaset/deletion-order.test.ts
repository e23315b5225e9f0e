import type { coreV1 } from '@kubernode/api';
import { byDeletionOrder } from './deletion-order.ts';

const NOW_MS = Date.parse('2026-01-02T00:00:00Z');
const ago = (seconds: number): string => new Date(NOW_MS - seconds * 1000).toISOString();

interface GivenPod { node?: string; phase?: string; ready?: number | false; cost?: string; restarts?: number; sidecarRestarts?: number; created?: number; uid?: string }

/** `ready` and `created` are seconds ago. */
function pod({ node = 'a', phase = 'Running', ready = 1000, cost, restarts = 0, sidecarRestarts = 0, created = 5000, uid = 'm' }: GivenPod): coreV1.Pod {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', uid, creationTimestamp: ago(created), ...(cost !== undefined && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }) },
    spec: { containers: [], nodeName: node, initContainers: [{ name: 'side', restartPolicy: 'Always' }, { name: 'init' }] },
    status: {
      phase, conditions: ready === false ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: ago(ready) }],
      containerStatuses: [{ name: 'main', restartCount: restarts }], initContainerStatuses: [{ name: 'side', restartCount: sidecarRestarts }, { name: 'init', restartCount: 99 }],
    },
  } as unknown as coreV1.Pod; // container statuses with less than the kubelet tells
}

test.each<[string, GivenPod, GivenPod]>([
  ['no node', { node: '' }, { phase: 'Pending', ready: false }],
  ['pending', { phase: 'Pending', ready: false }, { phase: 'Unknown', ready: false }],
  ['of unknown phase', { phase: 'Unknown' }, { ready: false }],
  ['not ready', { ready: false, cost: '9' }, { cost: '-9' }],
  ['cheaper', { cost: '-1', node: 'a' }, { node: 'crowded' }],
  ['cheaper than nothing told', { cost: '-1' }, { cost: '+7' }], // not a cost: 0
  ['cheaper than too much', { cost: '-1' }, { cost: '4294967296' }],
  ['on a crowded node', { node: 'crowded', ready: 5000 }, { ready: 10 }],
  ['ready for a shorter time', { ready: 10, restarts: 0 }, { ready: 1000, restarts: 5 }],
  ['restarted more often', { restarts: 2, created: 5000 }, { restarts: 1, created: 10 }],
  ['whose sidecar restarted more often', { sidecarRestarts: 1, created: 5000 }, { created: 10 }],
  ['younger', { created: 10 }, { created: 5000 }],
  ['about as long ready, by uid', { ready: 1000, uid: 'a', restarts: 0 }, { ready: 900, uid: 'b', restarts: 7 }],
])('first to go is the one %s', (_name, first, second) => {
  const order = byDeletionOrder((node) => (node === 'crowded' ? 3 : 1), NOW_MS);
  expect([Math.sign(order(pod(first), pod(second))), Math.sign(order(pod(second), pod(first)))]).toEqual([-1, 1]);
});
