// `make bench-deployment`: from the creation of a Deployment until all its pods are bound, with controllers and scheduler, ours or Kubernetes'.
// usage: tsx bench/deployment.ts [kubernode|kubernetes…]
// environment: KUBE_APISERVER, KUBE_SCHEDULER and KUBE_CONTROLLER_MANAGER=BINARY to compare with, NODES=1000, REPLICAS=2000, PORT=22200
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiCaller } from './api-caller.ts';
import { createNamespace, createNodes, podSpec, watchBound } from './cluster-load.ts';
import { binariesOf, startControlPlane } from './control-plane.ts';
import { cpuMicroseconds } from './process-cost.ts';
import { TOKEN } from './servers.ts';

const { NODES = '1000', REPLICAS = '2000', PORT = '22200' } = process.env;
const replicas = Number(REPLICAS);
/** Makes all processes load what they need. */
const WARM_UP = 20;
const SETTLE_MS = 3_000;
/** Nobody keeps the nodes alive. */
const FLAGS = ['--node-monitor-grace-period=1h'];

const binaries = binariesOf(process.env);
const given = process.argv.slice(2);
const kinds = given.length > 0 ? given : ['kubernode', ...(binaries.kubeControllerManager === undefined ? [] : ['kubernetes'])];
process.stdout.write(`a Deployment of ${replicas} on ${NODES} nodes; processor time of API server, etcd, scheduler, controller manager\n`);
for (const kind of kinds) await measure(kind === 'kubernode' ? 'kubernode' : 'kubernetes');

async function measure(whose: 'kubernode' | 'kubernetes'): Promise<void> {
  await using plane = await startControlPlane(whose, binaries, Number(PORT));
  using api = new ApiCaller(plane.server.url, TOKEN);
  await createNodes(api, Number(NODES));
  await using scheduler = plane.scheduler(whose);
  await using manager = plane.controllerManager(whose, FLAGS);
  await createNamespace(api, 'bench');
  await deploy(api, 'warm-up', WARM_UP);
  await sleep(SETTLE_MS);
  const pids = [plane.server.pid, plane.server.etcdPid, scheduler.pid, manager.pid];
  const before = pids.map(cpuMicroseconds);
  const seconds = await deploy(api, 'bench', replicas);
  const cpu = pids.map((pid, i) => ((cpuMicroseconds(pid) - (before[i] ?? 0)) / 1e6).toFixed(1));
  process.stdout.write(`${whose.padEnd(12)} ${seconds.toFixed(2)} s   ${cpu.join(' + ')} s   load ${loadavg()[0]?.toFixed(1) ?? ''}\n`);
}

async function deploy(api: ApiCaller, name: string, count: number): Promise<number> {
  if (name !== 'bench') await createNamespace(api, name);
  using bound = await watchBound(api, name);
  const startedMs = performance.now();
  const labels = { app: name };
  await api.call({ method: 'POST', path: `/apis/apps/v1/namespaces/${name}/deployments`, body: { metadata: { name }, spec: { replicas: count, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec } } } });
  const { lastMs } = await bound.until(count);
  return (lastMs - startedMs) / 1000;
}
