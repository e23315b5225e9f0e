// `make bench-memory`: what a scheduler and a controller manager need to hold a large cluster, as processes of their own on a real API server.
// usage: tsx bench/memory.ts
// environment: NODES=5000, PODS=50000, PORT=22200; KUBE_SCHEDULER and KUBE_CONTROLLER_MANAGER=BINARY for Kubernetes' on the same server
// Objects are written into etcd directly: copies of a node and of a running pod that the API server made.
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiCaller, inParallel } from './api-caller.ts';
import { createNamespace, createNodes, createPods } from './cluster-load.ts';
import { binariesOf, startControlPlane, type RunningProcess } from './control-plane.ts';
import { cpuMicroseconds, residentBytes } from './process-cost.ts';
import { TOKEN } from './servers.ts';

const { NODES = '5000', PODS = '50000', PORT = '22200' } = process.env;
const [nodes, pods] = [Number(NODES), Number(PODS)];
const PUTS_PER_TRANSACTION = 100;
const TRANSACTIONS_UNDER_WAY = 8;
/** A process that used less than this share of a processor for so long has read what there is. */
const IDLE_SHARE = 0.05;
const LOOK_MS = 3_000;
const LOOKS_MAX = 100;
const FLAGS = ['--node-monitor-grace-period=1h'];

const binaries = binariesOf(process.env);
await using plane = await startControlPlane('kubernode', binaries, Number(PORT));
await fill();
process.stdout.write(`${nodes} nodes and ${pods} pods: resident when idle, highest (load ${loadavg()[0]?.toFixed(1) ?? ''})\n`);
await measure('API server', { pid: plane.server.pid, [Symbol.asyncDispose]: () => Promise.resolve() });
await measure('scheduler', plane.scheduler('kubernode'));
await measure('controller-manager', plane.controllerManager('kubernode', FLAGS));
if (binaries.kubeScheduler !== undefined) await measure('kube-scheduler', plane.scheduler('kubernetes'));
if (binaries.kubeControllerManager !== undefined) await measure('kube-controller-manager', plane.controllerManager('kubernetes', FLAGS));

async function fill(): Promise<void> {
  using api = new ApiCaller(plane.server.url, TOKEN);
  await createNodes(api, 1);
  await createNamespace(api, 'bench');
  await createPods(api, 'bench', 1);
  await api.call({ method: 'POST', path: '/api/v1/namespaces/bench/pods/pod-0/binding', body: { metadata: { name: 'pod-0' }, target: { kind: 'Node', name: 'node-0' } } });
  await api.call({ method: 'PATCH', path: '/api/v1/namespaces/bench/pods/pod-0/status', type: 'application/strategic-merge-patch+json', body: { status: runningStatus() } });
  await copy('/registry/minions/node-0', nodes, (text, i) => text.replaceAll('node-0', `node-${i}`).replace('zone-0', `zone-${i % 3}`));
  await copy('/registry/pods/bench/pod-0', pods, (text, i) => text.replaceAll('pod-0', `pod-${i}`).replaceAll('node-0', `node-${i % nodes}`).replaceAll('10.0.0.1', `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`));
}

/** What a kubelet says of a pod that runs. */
function runningStatus(): object {
  const time = new Date().toISOString().replace(/\.\d+/, '');
  const conditions = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady'].map((type) => ({ type, status: 'True', lastTransitionTime: time, observedGeneration: 1 }));
  const containerStatuses = [{ name: 'pause', image: 'registry.k8s.io/pause:3.10', imageID: `registry.k8s.io/pause@sha256:${'a'.repeat(64)}`, containerID: `containerd://${'b'.repeat(64)}`, ready: true, started: true, restartCount: 0, state: { running: { startedAt: time } } }];
  return { phase: 'Running', startTime: time, hostIP: '192.168.0.1', hostIPs: [{ ip: '192.168.0.1' }], podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }], conditions, containerStatuses };
}

/** Puts copies beside the value of a key; each has a uid of its own. */
async function copy(key: string, count: number, change: (text: string, i: number) => string): Promise<void> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const { kvs: [first] = [] } = await etcd('range', { key: base64(key) }) as { kvs?: { value: string }[] }; // etcd's own shape
  if (first === undefined) throw new Error(`${key} is not there`);
  const text = Buffer.from(first.value, 'base64').toString();
  const { metadata: { uid } } = JSON.parse(text) as { metadata: { uid: string } }; // every object has one
  await inParallel(Math.ceil(count / PUTS_PER_TRANSACTION), TRANSACTIONS_UNDER_WAY, async (page) => {
    const from = Math.max(1, page * PUTS_PER_TRANSACTION);
    const length = Math.min(count, (page + 1) * PUTS_PER_TRANSACTION) - from;
    const success = Array.from({ length }, (_, k) => {
      const i = from + k;
      return { requestPut: { key: base64(change(key, i)), value: base64(change(text, i).replaceAll(uid, `${uid.slice(0, -8)}${i.toString(16).padStart(8, '0')}`)) } };
    });
    await etcd('txn', { success });
  });
}

async function etcd(what: 'range' | 'txn', body: object): Promise<object> {
  const answer = await fetch(`${plane.server.etcdUrl}/v3/kv/${what}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`etcd: ${await answer.text()}`);
  return await answer.json() as object; // an object in any case
}

async function measure(name: string, running: RunningProcess): Promise<void> {
  await using held = running;
  const { pid } = held;
  await sleep(LOOK_MS);
  for (let look = 0, before = cpuMicroseconds(pid); look < LOOKS_MAX; look++) {
    await sleep(LOOK_MS);
    const now = cpuMicroseconds(pid);
    if (now - before < IDLE_SHARE * LOOK_MS * 1000) break;
    before = now;
  }
  const [, highest = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  process.stdout.write(`${name.padEnd(24)} ${(residentBytes(pid) / 1e6).toFixed(0).padStart(6)} MB ${((Number(highest) * 1024) / 1e6).toFixed(0).padStart(6)} MB   ${(cpuMicroseconds(pid) / 1e6).toFixed(1)} s of processor time\n`);
}
