import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel, type ApiCaller } from './api-caller.ts';

const UNDER_WAY = 64;
/** Pods that are not bound by then never will be. */
const BOUND_MS_MAX = 300_000;

export async function createNodes(api: ApiCaller, count: number): Promise<void> {
  await inParallel(count, UNDER_WAY, async (i) => {
    await api.call({ method: 'POST', path: '/api/v1/nodes', body: node(i) });
    await api.call({ method: 'PATCH', path: `/api/v1/nodes/node-${i}`, body: { spec: { taints: null } }, type: 'application/merge-patch+json' }); // each begins as not ready
  });
}

export async function createNamespace(api: ApiCaller, name: string): Promise<void> {
  await api.call({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } });
  await api.call({ method: 'POST', path: `/api/v1/namespaces/${name}/serviceaccounts`, body: { metadata: { name: 'default' } } }).catch(() => undefined); // a controller may have been faster
}

export async function createPods(api: ApiCaller, namespace: string, count: number): Promise<void> {
  await inParallel(count, UNDER_WAY, (i) => api.call({ method: 'POST', path: `/api/v1/namespaces/${namespace}/pods`, body: { metadata: { name: `pod-${i}`, labels: { app: 'bench' } }, spec: podSpec } }));
}

function node(i: number): object {
  const name = `node-${i}`;
  return {
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `zone-${i % 3}` } },
    status: { allocatable: { cpu: '32', memory: '128Gi', pods: '110' }, capacity: { cpu: '32', memory: '128Gi', pods: '110' }, conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: new Date().toISOString(), lastTransitionTime: new Date().toISOString() }] },
  };
}

/** As scheduler_perf's pod-default. */
export const podSpec: object = { automountServiceAccountToken: false, containers: [{ name: 'pause', image: 'registry.k8s.io/pause:3.10', ports: [{ containerPort: 80 }], resources: { limits: { cpu: '100m', memory: '500Mi' }, requests: { cpu: '100m', memory: '500Mi' } } }] };

export interface Bound extends Disposable {
  /** When the first pod was bound, and when so many were; milliseconds of performance.now(). */
  until(count: number): Promise<{ firstMs: number; lastMs: number }>;
}

/** Notes when pods of a namespace get their node: each of them is an event of this watch, and nothing else is. */
export async function watchBound(api: ApiCaller, namespace: string): Promise<Bound> {
  let [count, firstMs, lastMs] = [0, 0, 0];
  const open = (): Promise<Disposable> => api.watch(`/api/v1/namespaces/${namespace}/pods?watch=1&resourceVersion=0&timeoutSeconds=600&fieldSelector=spec.nodeName%21%3D`, {
    onEvents(events) {
      lastMs = performance.now();
      if (firstMs === 0) firstMs = lastMs;
      count += events;
    },
    onEnd() { // a new watch begins with all that are bound by then
      count = 0;
      void open().then((next) => { watch = next; });
    },
  });
  let watch = await open();
  return {
    [Symbol.dispose]: () => { watch[Symbol.dispose](); },
    async until(wanted) {
      for (const giveUpAt = performance.now() + BOUND_MS_MAX; count < wanted;) {
        if (performance.now() > giveUpAt) throw new Error(`${count} of ${wanted} pods were bound`);
        await sleep(5);
      }
      return { firstMs, lastMs };
    },
  };
}
