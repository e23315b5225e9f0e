import { assert, type Clock } from '@kubernode/base';
import { type Logger, version, waitUntil } from '@kubernode/component-base';
import { CriError } from '@kubernode/rpc';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { NodeFacts } from '../node/compute-node.ts';
import { readHostFacts } from '../node/host-facts.ts';
import { nodeAddresses } from '../node/node-addresses.ts';
import type { NodeConfig } from './node-config.ts';

export interface FactsDeps { runtime: Pick<CriRuntime, 'version'>; clock: Clock; logger: Logger; signal: AbortSignal }

/** How long the start waits for the runtime: a host that comes up starts both together, and one that lost its power has containers to clean away first. */
const RUNTIME_START_MS = 120_000;
const RETRY_DELAY_MS = 500;

/** What the node is: read once, from the flags, the host and the runtime. Rejects with a UserError where the runtime does not answer. */
export async function readNodeFacts(config: NodeConfig, deps: FactsDeps): Promise<NodeFacts> {
  const host = await readHostFacts(config.rootDir);
  const { name: runtimeName, version: runtimeVersion } = await runtimeVersionOf(deps);
  const ips = await nodeAddresses(config.nodeIp);
  const name = config.nodeName ?? host.hostname;
  return {
    name, hostname: name, ip: ips[0] ?? '127.0.0.1', ips, host, labels: config.nodeLabels, maxPods: config.maxPods, podsPerCore: config.podsPerCore, reserved: config.reserved,
    port: config.server.port, runtimeVersion: `${runtimeName}://${runtimeVersion.replace(/^v/, '')}`, kubeletVersion: version.gitVersion, taints: config.taints, schedulable: config.schedulable,
  };
}

async function runtimeVersionOf({ runtime, clock, logger, signal }: FactsDeps): ReturnType<CriRuntime['version']> {
  let answer: Awaited<ReturnType<CriRuntime['version']>> | undefined;
  let isTold = false;
  await waitUntil(async () => {
    try { answer = await runtime.version(); return undefined; } catch (error) {
      if (!(error instanceof CriError)) throw error;
      if (!isTold) logger.warn('waiting for the container runtime', { error: error.message });
      isTold = true;
      return `no answer from the container runtime: ${error.message}`;
    }
  }, { limitMs: RUNTIME_START_MS, pollMs: RETRY_DELAY_MS, clock, signal });
  assert(answer !== undefined, 'the wait ends with an answer');
  return answer;
}
