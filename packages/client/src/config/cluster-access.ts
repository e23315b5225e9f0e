import type { Clock, Rng, TaskGroup } from '@kubernode/base';
import { createCertificateGauges, createLogger, FileFollower, version, type Logger, type LoggingSettings } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import type { Client } from '../client.ts';
import { createClient } from '../create-client.ts';
import { createInformerFactory, type InformerFactory } from '../informer/informer-factory.ts';
import { meteredTransport } from '../transport/metered-transport.ts';
import { connectFollowing, type ConnectionOptions } from './connection-options.ts';

/** What a process gives to a program that it runs within itself, as the node agent does with the service proxy; a program by itself makes its own. */
export interface HostProcess {
  /** As on the command line. */
  args: readonly string[];
  env?: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  rng: Rng;
  signal: AbortSignal;
  logger?: Logger;
  /** Used where the arguments name no API server of the program's own. */
  client?: Client;
  informers?: InformerFactory;
}

/** A program's way to the API, which its host may share. */
export interface ClusterAccess {
  client: Client;
  informers: InformerFactory;
  logger: Logger;
  /** Runs the informers, unless their owner does, and takes up changed certificates. */
  run(group: TaskGroup): void;
  /** Closes what is the program's own. */
  close(): void;
}

export interface AccessOptions {
  connection: ConnectionOptions;
  /** `dns`: the name in logs. */
  component: string;
  /** How it calls itself to the API server, if not `kubernode-COMPONENT`. */
  userAgent?: string;
  logging: LoggingSettings;
  /** Shows the program's own calls and certificates. */
  registry: Registry;
}

/** The host's access, or the program's own where no host gives one or the arguments name another server: a node's rights may not suffice. */
export function accessCluster(host: HostProcess, { connection, component, userAgent = `kubernode-${component}/${version.kubernode}`, logging, registry }: AccessOptions): ClusterAccess {
  const { env = {}, clock, rng } = host;
  const logger = host.logger?.child({ part: component }) ?? createLogger({ component, ...logging });
  if (host.client !== undefined && host.informers !== undefined && !namesServer(connection)) return { client: host.client, informers: host.informers, logger, run: () => undefined, close: () => undefined };
  const follower = new FileFollower({ clock, logger });
  const server = connection['server-grpc'][0] ?? connection.master ?? 'kubeconfig';
  const client = createClient({ transport: meteredTransport(connectFollowing(connection, env, { follower }), { registry, host: server, clock }), userAgent, clock, rng });
  const informers = createInformerFactory({ client, clock, rng, logger });
  return {
    client, informers, logger, close: () => { client.close(); },
    run(group) {
      createCertificateGauges(registry, follower);
      group.spawn((signal) => follower.run(signal));
      group.spawn((signal) => informers.run(signal));
    },
  };
}

function namesServer({ kubeconfig, master, 'server-grpc': grpc }: ConnectionOptions): boolean { return kubeconfig !== undefined || master !== undefined || grpc.length > 0; }
