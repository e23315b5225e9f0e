import type { Clock, Rng } from '@kubernode/base';
import type { Client, InformerFactory } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';

/** What the node agent gives to what runs beside it in its process. */
export interface CompanionContext {
  client: Client;
  /** Shared: an informer that two ask for exists once. Running already. */
  informers: InformerFactory;
  nodeName: string;
  nodeIp: string;
  /** Of this node, and of the whole cluster (empty when not told). */
  podCidr: string;
  clusterCidr: string;
  clusterDns: { servers: readonly string[]; domain: string };
  logger: Logger;
  clock: Clock;
  rng: Rng;
  /** Arguments meant for companions: each `--companion NAME:FLAG=VALUE` as `--FLAG=VALUE`, by the companion's name. */
  args: readonly string[];
  signal: AbortSignal;
}

/**
 * A service proxy, a DNS server: runs from the node's registration until the signal is aborted. A failure ends the process, as does an
 * early end. It keeps its own metrics registry and ports.
 */
export interface Companion {
  /** `proxy`, `dns`: what `--without` and `--companion` name. */
  name: string;
  run(context: CompanionContext): Promise<void>;
  /** Removes what an earlier run left on the host, where `--without` says that it is not wanted any more. */
  remove?(): Promise<void>;
}
