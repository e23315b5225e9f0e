import path from 'node:path';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { systemClock, systemRng } from '@kubernode/base';
import { FileFollower, parseOptions, silentLogger, createLogger, createRegistry } from '@kubernode/component-base';
import { openCriChannel } from '@kubernode/rpc';
import { createFakeClient, type FakeClient } from '@kubernode/testing';
import { systemIptables, type RunIptables } from '../src/cni/iptables-rules.ts';
import { systemPodNetwork } from '../src/cni/set-up-pod-network.ts';
import { createGrpcCriRuntime } from '../src/cri/grpc-cri-runtime.ts';
import { nodeConfig, type NodeAgentDeps, nodeOptions, runNodeAgent } from '../src/index.ts';
import { systemMounter } from '../src/volumes/mounter.ts';
import type { TestContainerd } from './containerd.ts';
import { DEMO_IMAGE } from './images.ts';

export interface TestNode {
  client: FakeClient;
  dir: string;
  port: () => number;
  start(): void;
  stop(): Promise<void>;
  pod(name: string): coreV1.Pod | undefined;
  /** Waits until it holds; throws with the pod's status after `timeoutMs`. */
  until(what: string, holds: () => boolean, timeoutMs?: number): Promise<void>;
}

export interface TestNodeOptions { podCidr: string; bridge: string; args?: readonly string[]; deps?: Pick<Partial<NodeAgentDeps>, 'signals' | 'hostShutdown'> }

/** The node agent against a containerd of the test's own and a cluster in memory. */
export function createTestNode(containerd: TestContainerd, { podCidr, bridge, args = [], deps = {} }: TestNodeOptions): TestNode {
  const client = createFakeClient([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }], { now: () => systemClock.now() });
  const dir = path.join(containerd.dir, 'node');
  const { options } = parseOptions(nodeOptions, [
    '--hostname-override=n1', '--node-ip=127.0.0.1', `--root-dir=${dir}/kubelet`, `--local-path-dir=${dir}/volumes`, `--pod-logs-dir=${dir}/logs`, '--container-logs-dir=', `--pod-cidr=${podCidr}`, `--cni-conf-dir=${containerd.cniConfDir}`,
    `--cni-bridge=${bridge}`, `--cni-data-dir=${containerd.dir}/cni-data`, '--address=127.0.0.1', '--port=0', '--healthz-port=0', '--cgroup-root=/kntest', '--cluster-dns=10.96.0.10', '--anonymous-auth', ...args,
  ]);
  const network = undoable(systemIptables);
  let stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let port = 0;
  const node: TestNode = {
    client, dir, port: () => port,
    start() {
      stopping = new AbortController();
      running = runNodeAgent(nodeConfig(options), {
        client, registry: createRegistry(), follower: new FileFollower({ clock: systemClock, logger: silentLogger }), clock: systemClock, rng: systemRng, logger: process.env['NODE_AGENT_LOG'] === undefined ? silentLogger : createLogger({ component: 'node', verbosity: 2 }), mounter: systemMounter, podNetwork: { ...systemPodNetwork, iptables: network.iptables }, companions: [], companionArgs: () => [], debugging: { commandLine: [], setVerbosity: () => undefined },
        onListening: (one) => { port = one; }, ...deps,
        openRuntime: (metrics) => createGrpcCriRuntime({ channel: openCriChannel(containerd.socket, { clock: systemClock }), clock: systemClock, metrics }),
      }, stopping.signal);
    },
    async stop() { stopping.abort(); await running; await network.undo(); },
    pod: (name) => client.stored(coreV1Resources.pods, `default/${name}`),
    async until(what, holds, timeoutMs = 20_000) {
      const endMs = systemClock.now() + timeoutMs;
      while (!holds()) {
        if (systemClock.now() > endMs) throw new Error(`waited in vain for ${what}: ${JSON.stringify(client.all(coreV1Resources.pods).map(({ metadata, status }) => ({ name: metadata.name, status })), null, 1)}`);
        await systemClock.sleep(10);
      }
    },
  };
  return node;
}

const OPPOSITE: Readonly<Record<string, string>> = { '-N': '-X', '-A': '-D' };

/** Remembers which chains and rules were made, so that the host's are afterwards as they were. */
function undoable(iptables: RunIptables): { iptables: RunIptables; undo(): Promise<void> } {
  const made: Parameters<RunIptables>[] = [];
  return {
    async iptables(args, family) {
      await iptables(args, family);
      const opposite = OPPOSITE[args[2] ?? '']; // behind -t TABLE
      if (opposite !== undefined) made.unshift([args.with(2, opposite), family]);
    },
    async undo() {
      for (const [args, family] of made.splice(0)) await iptables(args, family).catch(() => undefined); // others may use the chain by now
    },
  };
}

/** A pod of the demo image, bound to the test's node. */
export function testPod(name: string, spec: Partial<coreV1.PodSpec>, metadata: Partial<coreV1.Pod['metadata']> = {}): coreV1.Pod {
  const containers = (spec.containers ?? []).map((one) => ({ image: DEMO_IMAGE, imagePullPolicy: 'IfNotPresent', ...one }));
  const initContainers = spec.initContainers?.map((one) => ({ image: DEMO_IMAGE, imagePullPolicy: 'IfNotPresent', ...one }));
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', ...metadata },
    spec: { nodeName: 'n1', restartPolicy: 'Always', terminationGracePeriodSeconds: 30, dnsPolicy: 'ClusterFirst', ...spec, containers, ...(initContainers && { initContainers }) },
  };
}
