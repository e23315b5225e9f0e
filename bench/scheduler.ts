// `make bench-scheduler`: pods on nodes that nobody runs, from a real API server on etcd, by our scheduler and by kube-scheduler.
// usage: tsx bench/scheduler.ts [SCHEDULER@SERVER…]     kubernode@kubernode, https@kubernode, kubernetes@kubernode, kubernetes@kubernetes …; all that the environment allows without any
// environment: KUBE_SCHEDULER=BINARY and KUBE_APISERVER=BINARY to compare with, NODES=1000, PODS=3000, PORT=22200
//   standing: all pods are there before the scheduler starts, from the first binding to the last (as scheduler_perf measures)
//   arriving: the scheduler waits, from the first create to the last binding
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiCaller } from './api-caller.ts';
import { createNamespace, createNodes, createPods, watchBound } from './cluster-load.ts';
import { binariesOf, startControlPlane, type ControlPlane, type RunningProcess, type Whose } from './control-plane.ts';
import { cpuMicroseconds, residentBytes } from './process-cost.ts';
import { TOKEN } from './servers.ts';

const { NODES = '1000', PODS = '3000', PORT = '22200' } = process.env;
const [nodes, pods] = [Number(NODES), Number(PODS)];
/** A server that was given many objects still tidies. */
const SETTLE_MS = 3_000;

const binaries = binariesOf(process.env);
const given = process.argv.slice(2);
const ours = ['kubernode@kubernode', 'https@kubernode', ...(binaries.kubeScheduler === undefined ? [] : ['kubernetes@kubernode'])];
const theirs = binaries.kubeApiserver === undefined ? [] : ['https@kubernetes', ...(binaries.kubeScheduler === undefined ? [] : ['kubernetes@kubernetes'])];
process.stdout.write(`${nodes} nodes, ${pods} pods; pods/s, processor time a pod of scheduler, API server and etcd, scheduler's memory\n`);
for (const pair of given.length > 0 ? given : [...ours, ...theirs]) {
  const [scheduler = '', server = ''] = pair.split('@');
  await measureOn(server === 'kubernode' ? 'kubernode' : 'kubernetes', scheduler as Whose); // an unknown one is started like https
}

async function measureOn(server: 'kubernode' | 'kubernetes', whose: Whose): Promise<void> {
  await using plane = await startControlPlane(server, binaries, Number(PORT));
  using api = new ApiCaller(plane.server.url, TOKEN);
  await createNodes(api, nodes);
  for (const namespace of ['standing', 'arriving']) await createNamespace(api, namespace);
  await createPods(api, 'standing', pods);
  await sleep(SETTLE_MS);
  using bound = await watchBound(api, 'standing');
  const startedMs = performance.now();
  await using scheduler = plane.scheduler(whose);
  const standing = await cost(plane, scheduler, async () => { const { firstMs, lastMs } = await bound.until(pods); return { seconds: (lastMs - firstMs) / 1000, note: `first after ${((firstMs - startedMs) / 1000).toFixed(1)} s` }; });
  report(`${whose} on ${server}, standing`, standing);
  await sleep(SETTLE_MS);
  using arrived = await watchBound(api, 'arriving');
  const arriving = await cost(plane, scheduler, async () => {
    const begunMs = performance.now();
    await createPods(api, 'arriving', pods);
    const createdMs = performance.now();
    const { lastMs } = await arrived.until(pods);
    return { seconds: (lastMs - begunMs) / 1000, note: `created in ${((createdMs - begunMs) / 1000).toFixed(1)} s` };
  });
  report(`${whose} on ${server}, arriving`, arriving);
}

interface Outcome { seconds: number; note: string; cpuMicroseconds: readonly number[]; residentBytes: number }

async function cost({ server }: ControlPlane, scheduler: RunningProcess, work: () => Promise<{ seconds: number; note: string }>): Promise<Outcome> {
  const pids = [scheduler.pid, server.pid, server.etcdPid];
  const before = pids.map(cpuMicroseconds);
  const { seconds, note } = await work();
  return { seconds, note, cpuMicroseconds: pids.map((pid, i) => cpuMicroseconds(pid) - (before[i] ?? 0)), residentBytes: residentBytes(scheduler.pid) };
}

function report(name: string, { seconds, note, cpuMicroseconds: spent, residentBytes: bytes }: Outcome): void {
  process.stdout.write(`${name.padEnd(44)} ${(pods / seconds).toFixed(0).padStart(6)} pods/s  ${spent.map((one) => `${(one / pods).toFixed(0)} µs`).join(' + ')}  ${(bytes / 1e6).toFixed(0)} MB  ${note}  load ${loadavg()[0]?.toFixed(1) ?? ''}\n`);
}
