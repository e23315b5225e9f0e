import type { GroupResource } from '@kubernode/apimachinery';
import type { Clock, Rng } from '@kubernode/base';
import type { FileFollower, Logger } from '@kubernode/component-base';
import type { EtcdClient } from '@kubernode/rpc';
import { createStorageBackend, runCompactor, type StorageBackend, type StorageBackendOptions } from '@kubernode/storage';
import { connectEtcd, followEtcdTls } from './etcd-connection.ts';
import type { ApiServerConfig } from './options.ts';

/** Clients of every etcd that the flags name. */
export interface EtcdClients {
  readonly main: EtcdClient;
  /** Where the resources of --etcd-servers-overrides are; resources on the same servers share a client. */
  readonly overrides: readonly (GroupResource & { etcd: EtcdClient })[];
  close(): void;
}

/** Every etcd of a server, and which resource is in which. */
export interface StorageBackends {
  readonly main: StorageBackend;
  of(resource: GroupResource): StorageBackend;
  /** Follows and compacts all of them until aborted. */
  run(signal: AbortSignal): Promise<void>;
}

type Host = { clock: Clock; rng: Rng; logger: Logger; signal: AbortSignal };

/** Connects to all; each has answered once. */
export async function connectEtcds({ etcd }: Pick<ApiServerConfig, 'etcd'>, { follower, ...host }: Pick<Host, 'clock' | 'logger' | 'signal'> & { follower: FileFollower }): Promise<EtcdClients> {
  const tls = followEtcdTls(etcd, follower);
  const byServers = new Map<string, EtcdClient>();
  const clientOf = async (servers: readonly string[]): Promise<EtcdClient> => {
    const key = servers.join(';');
    const client = byServers.get(key) ?? await connectEtcd({ servers, tls }, host);
    byServers.set(key, client);
    return client;
  };
  const close = (): void => { for (const client of byServers.values()) client.close(); };
  try {
    const main = await clientOf(etcd.servers);
    const overrides = [];
    for (const { group, resource, servers } of etcd.overrides) overrides.push({ group, resource, etcd: await clientOf(servers) });
    return { main, overrides, close };
  } catch (error) {
    close();
    throw error;
  }
}

export function storageBackends(etcds: EtcdClients, { config, host: { clock, rng, logger }, registry, transformers }: { config: Pick<ApiServerConfig, 'etcd'>; host: Host } & Pick<StorageBackendOptions, 'registry' | 'transformers'>): StorageBackends {
  const { prefix, compactionIntervalMs: intervalMs } = config.etcd;
  const main = createStorageBackend({ etcd: etcds.main, clock, rng, logger, registry, transformers, root: prefix });
  const backends = new Map([[etcds.main, main]]);
  for (const { etcd } of etcds.overrides) {
    if (!backends.has(etcd)) backends.set(etcd, createStorageBackend({ etcd, clock, rng, logger, metrics: main.metrics, transformers, root: prefix, fences: etcds.main }));
  }
  return {
    main,
    of: ({ group, resource }) => backends.get(etcds.overrides.find((one) => one.group === group && one.resource === resource)?.etcd ?? etcds.main) ?? main,
    run: async (signal) => {
      const runs = [...backends.values()].map((backend) => backend.run(signal));
      if (intervalMs > 0) for (const etcd of backends.keys()) runs.push(runCompactor({ etcd, clock, logger, intervalMs }, signal));
      await Promise.all(runs);
    },
  };
}
