// How long a pod takes from its creation until a watcher sees it Ready, beside bare calls of the container runtime for the same sandbox and container in
// the same run, and what the node agent costs. One API server on etcd, a containerd and a node agent of its own, in a network namespace of its own.
// usage (root): tsx --conditions=source bench/pod-start.ts      environment: SERIAL=10 PODS=30 HELD=50 IDLE_SECONDS=30 PORT=21600 PROF=1
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@kubernode/base';
import { openCriChannel, type cri } from '@kubernode/rpc';
import { createRegistry } from '@kubernode/component-base';
import { memoryOptions } from '../services/cli/src/cluster/memory-options.ts';
import { createGrpcCriRuntime } from '../services/node-agent/src/cri/grpc-cri-runtime.ts';
import { createNodeMetrics } from '../services/node-agent/src/metrics.ts';
import { startContainerd } from '../services/node-agent/test/containerd.ts';
import { DEMO_IMAGE } from '../services/node-agent/test/images.ts';
import { ApiCaller } from './api-caller.ts';
import { cpuMicroseconds, residentBytes } from './process-cost.ts';
import { kubernode, spawnLogged, startServer, stopChild, TOKEN } from './servers.ts';

const root = path.join(import.meta.dirname, '..');
const { SERIAL = '10', PODS = '30', HELD = '50', IDLE_SECONDS = '30', PORT = '21600', PROF, IN_NAMESPACE } = process.env;
const NODE = 'bench';
const COMMAND = ['/bin/sleep', '3600'];
/** More sandboxes at once are slower for all. */
const BARE_AT_ONCE = 4;
const PODS_PATH = '/api/v1/namespaces/default/pods';

if (IN_NAMESPACE === undefined) process.exit(spawnSync('unshare', ['--net', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh', process.execPath, ...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit', env: { ...process.env, IN_NAMESPACE: '1' } }).status ?? 1);

const folder = mkdtempSync(path.join(tmpdir(), 'kubernode-pods-'));
const containerd = await startContainerd(path.join(folder, 'c'));
const server = await startServer(kubernode(root, Number(PORT)));
const kubeconfig = path.join(folder, 'kubeconfig');
writeFileSync(kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', 'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }], clusters: [{ name: 'c', cluster: { server: server.url, 'insecure-skip-tls-verify': true } }], users: [{ name: 'u', user: { token: TOKEN } }] }));
const at = (name: string): string => path.join(folder, name);
const agent = spawnLogged(folder, 'node', [
  ...(PROF === undefined ? [path.join(root, 'bin/kubernode')] : ['node', ...memoryOptions.others, '--cpu-prof', `--cpu-prof-dir=${PROF}`, path.join(root, 'dist/main.mjs')]),
  'node', `--kubeconfig=${kubeconfig}`, `--network-kubeconfig=${kubeconfig}`, `--hostname-override=${NODE}`, '--node-ip=127.0.0.1', `--container-runtime-endpoint=unix://${containerd.socket}`, `--root-dir=${at('kubelet')}`, `--local-path-dir=${at('volumes')}`,
  `--pod-logs-dir=${at('logs')}`, '--container-logs-dir=', `--cert-dir=${at('pki')}`, '--pod-cidr=10.231.0.0/24', `--cni-conf-dir=${containerd.cniConfDir}`, '--cni-bridge=knbench0', `--cni-data-dir=${at('cni-data')}`, '--address=127.0.0.1',
  `--port=${Number(PORT) + 5}`, '--healthz-port=0', '--cgroup-root=/kntest', `--companion=network-policy:kubeconfig=${kubeconfig}`, '--companion=dns:port=5353', '--cluster-dns=10.96.0.10', '--eviction-hard=memory.available<100Mi',
]);
using api = new ApiCaller(server.url, TOKEN);
using watcher = new ApiCaller(server.url, TOKEN);
const runtime = createGrpcCriRuntime({ channel: openCriChannel(containerd.socket, { clock: systemClock }), clock: systemClock, metrics: createNodeMetrics(createRegistry()) });
const ready = new Map<string, number>();
const gone = new Map<string, number>();
try {
  await api.call({ method: 'POST', path: '/api/v1/namespaces/default/serviceaccounts', body: { metadata: { name: 'default' } } });
  await nodeReady();
  await watchPods();
  await measure();
} finally {
  await stopChild(agent);
  await containerd.stop();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

async function measure(): Promise<void> {
  const bare: number[] = [], start: number[] = [], end: number[] = [];
  for (let i = 0; i < Number(SERIAL); i++) {
    bare.push(await barePod(`b${i}`));
    const name = `s${i}`;
    const createdAt = performance.now();
    await create(name);
    start.push(await seen(ready, name) - createdAt);
    const deletedAt = performance.now();
    await api.call({ method: 'DELETE', path: `${PODS_PATH}/${name}` });
    end.push(await seen(gone, name) - deletedAt);
  }
  print(`one at a time: bare calls ${spread(bare)}; created → Ready ${spread(start)}, ratio ${(median(start) / median(bare)).toFixed(2)}; deleted → gone, grace 1 s ${spread(end)}`);
  const bareAll = await bareAtOnce();
  const cost = costMeter();
  const all = await atOnce(Number(PODS), 'p');
  print(`${PODS} at once: bare calls ${bareAll.toFixed(1)} pods/s; created → Ready ${all.toFixed(1)} pods/s, ratio ${(bareAll / all).toFixed(2)}; CPU a pod: ${cost(Number(PODS))}`);
  await deleteAll(Number(PODS), 'p');
  await atOnce(Number(HELD), 'h');
  await sleep(5_000);
  const before = cpuMicroseconds(agent.pid ?? 0);
  await sleep(Number(IDLE_SECONDS) * 1000);
  const share = (cpuMicroseconds(agent.pid ?? 0) - before) / (Number(IDLE_SECONDS) * 1e6);
  print(`${HELD} pods held: node agent ${(residentBytes(agent.pid ?? 0) / 1e6).toFixed(0)} MB resident, ${(share * 100).toFixed(1)} % of a core`);
  await deleteAll(Number(HELD), 'h');
}

/** From now on: what the processes of ours and etcd cost, shared among so many pods. */
function costMeter(): (pods: number) => string {
  const pids = { 'node agent': agent.pid ?? 0, 'API server': server.pid, etcd: server.etcdPid };
  const before = Object.values(pids).map(cpuMicroseconds);
  return (pods) => Object.entries(pids).map(([name, pid], i) => `${name} ${((cpuMicroseconds(pid) - (before[i] ?? 0)) / pods / 1000).toFixed(1)} ms`).join(', ');
}

/** Sandbox, container and start, as the node agent asks for them; resolves to the milliseconds until it runs. */
async function barePod(name: string): Promise<number> {
  const config = sandboxConfig(name);
  const startedAt = performance.now();
  const sandbox = await runtime.runSandbox(config);
  const container = await runtime.createContainer(sandbox, containerConfig(name), config);
  await runtime.startContainer(container);
  const took = performance.now() - startedAt;
  await runtime.stopContainer(container, 0);
  await runtime.stopSandbox(sandbox);
  await runtime.removeSandbox(sandbox);
  return took;
}

async function bareAtOnce(): Promise<number> {
  const sandboxes: string[] = [];
  const names = Array.from({ length: Number(PODS) }, (_, i) => `a${i}`);
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: BARE_AT_ONCE }, async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const config = sandboxConfig(name);
      const sandbox = await runtime.runSandbox(config);
      sandboxes.push(sandbox);
      await runtime.startContainer(await runtime.createContainer(sandbox, containerConfig(name), config));
    }
  }));
  const rate = Number(PODS) / ((performance.now() - startedAt) / 1000);
  for (const sandbox of sandboxes) { await runtime.stopSandbox(sandbox); await runtime.removeSandbox(sandbox); }
  return rate;
}

async function atOnce(count: number, prefix: string): Promise<number> {
  const startedAt = performance.now();
  const names = Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  await Promise.all(names.map((name) => create(name)));
  const times = await Promise.all(names.map((name) => seen(ready, name)));
  return count / ((Math.max(...times) - startedAt) / 1000);
}

async function deleteAll(count: number, prefix: string): Promise<void> {
  const names = Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  await Promise.all(names.map((name) => api.call({ method: 'DELETE', path: `${PODS_PATH}/${name}` })));
  await Promise.all(names.map((name) => seen(gone, name)));
}

function create(name: string): Promise<string> {
  return api.call({ method: 'POST', path: PODS_PATH, body: { metadata: { name }, spec: { nodeName: NODE, terminationGracePeriodSeconds: 1, automountServiceAccountToken: false, containers: [{ name: 'c', image: DEMO_IMAGE, imagePullPolicy: 'Never', command: COMMAND }] } } });
}

function sandboxConfig(name: string): cri.PodSandboxConfig {
  return {
    metadata: { name, namespace: 'bare', uid: `bare-${name}`, attempt: 0 }, hostname: name, labels: {}, annotations: {}, logDirectory: at(`logs/bare-${name}`), dnsConfig: { servers: ['10.96.0.10'], searches: ['default.svc.cluster.local'], options: ['ndots:5'] },
    linux: { cgroupParent: `/kntest/kubepods/besteffort/podbare-${name}`, securityContext: { namespaceOptions: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' }, seccomp: { profileType: 'RuntimeDefault' } } },
  };
}

function containerConfig(name: string): cri.ContainerConfig {
  return {
    metadata: { name: 'c', attempt: 0 }, image: { image: DEMO_IMAGE, userSpecifiedImage: DEMO_IMAGE }, command: COMMAND, logPath: `${name}/0.log`, labels: {}, annotations: {}, envs: [],
    linux: { resources: { cpuShares: 2, oomScoreAdj: 1000 }, securityContext: { namespaceOptions: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } } },
  };
}

async function nodeReady(): Promise<void> {
  for (let i = 0; i < 600; i++) {
    const text = await api.call({ path: `/api/v1/nodes/${NODE}` }).catch(() => '{}');
    const node = JSON.parse(text) as { status?: { conditions?: { type: string; status: string }[] } }; // a Node
    if (node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true) return;
    if (agent.exitCode !== null) throw new Error(`the node agent ended; see ${folder}/node.log`);
    await sleep(100);
  }
  throw new Error('the node never got ready');
}

interface Event { type: string; object: { metadata: { name: string }; status?: { conditions?: { type: string; status: string }[] } } }

async function watchPods(): Promise<void> {
  let rest = '';
  await watcher.follow(`${PODS_PATH}?watch=1`, (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { type, object } = JSON.parse(line) as Event; // a watch event
      const { name } = object.metadata;
      if (type === 'DELETED') gone.set(name, performance.now());
      else if (!ready.has(name) && object.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true) ready.set(name, performance.now());
    }
  });
}

async function seen(times: ReadonlyMap<string, number>, name: string): Promise<number> {
  for (let i = 0; i < 120_000; i++) {
    const time = times.get(name);
    if (time !== undefined) return time;
    await sleep(1);
  }
  throw new Error(`${name} never came so far`);
}

function median(times: readonly number[]): number { return times.toSorted((a, b) => a - b)[times.length >> 1] ?? NaN; }
function spread(times: readonly number[]): string { return `${Math.min(...times).toFixed(0)}, median ${median(times).toFixed(0)}, ${Math.max(...times).toFixed(0)} ms`; }
function print(line: string): void { process.stdout.write(`${line}\n`); }
