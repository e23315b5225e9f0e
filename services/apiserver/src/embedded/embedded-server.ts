import { TaskGroup, type Clock, type Rng } from '@kubernode/base';
import type { Transport } from '@kubernode/client';
import { FileFollower, type RootLogger } from '@kubernode/component-base';
import type { EtcdClient } from '@kubernode/rpc';
import { parseApiServerOptions } from '../app/options.ts';
import { createReplica } from '../app/replica.ts';
import { ownSigningKey } from '../app/serving-files.ts';
import { embeddedTransport } from './embedded-transport.ts';

export interface EmbeddedServerOptions {
  /** Stays the caller's: it is not closed. */
  etcd: EtcdClient;
  /** Flags as on the command line; those about etcd's address, certificates and doors have no meaning here. `--cert-dir` names where the signing key is kept. Files are read once, at the start. */
  flags: readonly string[];
  clock: Clock;
  rng: Rng;
  logger: RootLogger;
}

/** Who a transport's requests come from; nothing is proved, as nothing crosses a network. */
export interface EmbeddedUser { name: string; groups?: readonly string[] }

/** An API server inside this process: the whole pipeline from authentication to etcd, without sockets. */
export interface EmbeddedServer {
  /** For `createClient` of packages/client. Closing it does nothing. */
  transport(user: EmbeddedUser): Transport;
  /** Aborted when the server broke down by itself. */
  readonly signal: AbortSignal;
  /** Ends what the server does on its own. Requests still under way are settled by etcd's client and clock. */
  stop(): Promise<void>;
}

/** Reads and writes etcd as a replica of its own; returns once it takes requests, before its caches are filled (ask /readyz). */
export async function startEmbeddedServer({ etcd, flags, clock, rng, logger }: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const config = parseApiServerOptions(['--etcd-servers=embedded', '--etcd-maintenance-interval=0', ...flags]); // whoever has the etcd looks after its space: there is no member to dial
  const background = new TaskGroup();
  const host = { clock, rng, logger, stdout: { write: () => undefined }, signal: background.signal };
  const replica = await createReplica({
    config, host, background, follower: new FileFollower(host), etcds: { main: etcd, overrides: [], close: () => undefined },
    files: { signingKeyFile: config.serviceAccounts.signingKeyFile ?? ownSigningKey(config.certDir) },
  });
  replica.begin();
  return {
    transport: (user) => embeddedTransport(replica, { user, clock }),
    signal: background.signal,
    async stop() { background.stop(); await background.done(); },
  };
}
