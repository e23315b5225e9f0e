import { hostname } from 'node:os';
import type { Clock, Rng } from '@kubernode/base';
import { type Client, type ClientIdentity, connect, connectFollowing, createClient, loggedTransport, meteredTransport, type Transport } from '@kubernode/client';
import { type FileFollower, type RootLogger, UsageError, version } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import { bootstrap } from '../certificates/bootstrap.ts';
import { CertificateStore, type StoredCertificate } from '../certificates/certificate-store.ts';
import type { NodeOptions } from './node-options.ts';

export interface ConnectionDeps { env: Readonly<Record<string, string | undefined>>; clock: Clock; rng: Rng; logger: RootLogger; /** Counts the calls. */ registry: Registry; follower: FileFollower }

/** The node agent's link to the API server, and where its certificate is kept when it rotates. */
export interface NodeConnection {
  client: Client;
  /** Absent when the certificate is somebody else's care. */
  rotation?: { store: CertificateStore; onCertificate: (certificate: StoredCertificate) => void };
}

/** Connects as the flags say; without a valid certificate it joins the cluster by the bootstrap kubeconfig first. */
export async function connectNode(options: NodeOptions, { env, clock, rng, logger, registry, follower }: ConnectionDeps, signal: AbortSignal): Promise<NodeConnection> {
  const { 'bootstrap-kubeconfig': bootstrapKubeconfig, kubeconfig = '', 'cert-dir': dir } = options;
  const store = new CertificateStore({ dir, name: 'kubelet-client', clock });
  const nodeName = options['hostname-override'] ?? hostname().toLowerCase();
  const clientOf = (transport: Transport): Client => createClient({ transport, userAgent: `kubernode-node/${version.gitVersion}`, clock, rng });
  if (bootstrapKubeconfig !== '') {
    if (kubeconfig === '') throw new UsageError('--bootstrap-kubeconfig needs --kubeconfig, where the result is written');
    await bootstrap({ kubeconfig, bootstrapKubeconfig, nodeName, store, connectBy: (file) => clientOf(connect({ ...options, kubeconfig: file }, env)), clock, rng, logger }, signal);
  }
  let identity: ClientIdentity | undefined;
  const transport = connectFollowing(options, env, { follower, identity: () => identity });
  const metered = meteredTransport(transport, { registry, host: options['server-grpc'][0] ?? options.master ?? 'kubeconfig', clock });
  const client = clientOf(loggedTransport(metered, { logger, clock, verbosity: () => logger.verbosity }));
  if (!options['rotate-certificates']) return { client };
  return {
    client,
    rotation: {
      store,
      onCertificate: ({ cert, key }) => {
        if (identity?.cert === cert) return;
        identity = { cert, key };
        transport.replace(connect(options, env, identity));
      },
    },
  };
}
