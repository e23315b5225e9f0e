import { type Logger, version } from '@kubernode/component-base';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { NodeFacts } from '../node/compute-node.ts';
import { readHostFacts } from '../node/host-facts.ts';
import { nodeAddresses } from '../node/node-addresses.ts';
import type { NodeConfig } from './node-config.ts';

export interface FactsDeps { runtime: Pick<CriRuntime, 'version'>; logger: Logger }

/** What the node is: read once, from the flags, the host and the runtime. */
export async function readNodeFacts(config: NodeConfig, { runtime }: FactsDeps): Promise<NodeFacts> {
  const host = await readHostFacts(config.rootDir);
  const { name: runtimeName, version: runtimeVersion } = await runtime.version();
  const ips = await nodeAddresses(config.nodeIp);
  const name = config.nodeName ?? host.hostname;
  return {
    name, hostname: name, ip: ips[0] ?? '127.0.0.1', ips, host, labels: config.nodeLabels, maxPods: config.maxPods, podsPerCore: config.podsPerCore, reserved: config.reserved,
    port: config.server.port, runtimeVersion: `${runtimeName}://${runtimeVersion.replace(/^v/, '')}`, kubeletVersion: version.gitVersion, taints: config.taints, schedulable: config.schedulable,
  };
}
