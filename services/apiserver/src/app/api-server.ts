import { TaskGroup, whenAborted } from '@kubernode/base';
import { FileFollower, UserError } from '@kubernode/component-base';
import type { GrpcServer } from '../grpc/grpc-server.ts';
import { HttpsServer } from '../http/https-server.ts';
import { shutDown } from '../lifecycle/shut-down.ts';
import { ownAddresses } from './addresses.ts';
import type { ApiServerConfig } from './options.ts';
import { createReplica, type Replica, type ReplicaHost, type ReplicaParts } from './replica.ts';
import { ensureOwnFiles, followServingTls, type ServedTls } from './serving-files.ts';
import { connectEtcds } from './storage-backends.ts';

/** Runs an API server until the signal aborts and everything it started has ended. */
export async function runApiServer(config: ApiServerConfig, host: ReplicaHost): Promise<void> {
  const { logger, clock, signal } = host;
  for (const { flag, why } of config.ignored) logger.info('flag has no effect', { flag: `--${flag}`, why });
  const files = await ensureOwnFiles(config, { ...host, addresses: ownAddresses() });
  const follower = new FileFollower(host);
  const etcds = await connectEtcds(config, { ...host, follower });
  const background = new TaskGroup();
  const registrations = new TaskGroup(); // what tells others of this server; undone before it stops serving
  try {
    background.spawn((inner) => follower.run(inner));
    const parts = { config, host, files, follower, etcds, background, tls: followServingTls(config, files, follower) };
    const replica = await createReplica(parts);
    const https = await openHttps(parts, replica);
    replica.announce(https.port, registrations);
    const grpc = config.grpcPort > 0 ? await openGrpc(parts, replica) : undefined;
    replica.begin();
    await Promise.race([whenAborted(signal), whenAborted(background.signal)]);
    await shutDown({ delayMs: config.shutdownDelayMs, sendRetryAfter: config.shutdownSendRetryAfter, watchGraceMs: config.shutdownWatchGraceMs, requestTimeoutMs: config.requestTimeoutMs }, {
      lifecycle: replica.lifecycle, doors: grpc === undefined ? [https.server] : [https.server, grpc], clock, logger,
      deregister: async () => { registrations.stop(); await registrations.done(); },
    });
  } finally {
    background.stop();
    await background.done();
    etcds.close();
    logger.info('stopped', { at: clock.now() });
  }
}

type DoorParts = ReplicaParts & { tls: ServedTls };

async function openHttps({ config, host: { clock, rng, logger }, tls }: DoorParts, { handle, authenticator }: Replica): Promise<{ server: HttpsServer; port: number }> {
  const server = new HttpsServer({
    host: config.bindAddress, port: config.securePort, clock, logger, handle,
    tls: tls.current(),
    requestTimeoutMs: config.requestTimeoutMs, isLastOfConnection: () => rng.next() < config.goAwayChance,
    isKnown: (sender) => typeof authenticator.known?.(sender) === 'object',
  });
  tls.addDoor(server);
  const port = await server.start();
  logger.info('serving', { address: config.bindAddress, port });
  return { server, port };
}

async function openGrpc({ config: { bindAddress: host, grpcPort: port }, host: { clock, logger }, tls }: DoorParts, { handle, leases }: Replica): Promise<GrpcServer> {
  if (tls.current().clientCa === undefined) throw new UserError('--grpc-port needs --client-ca-file: callers are known by their certificates');
  const { GrpcServer: Server } = await import('../grpc/grpc-server.ts'); // loaded by servers that offer it
  const server = new Server({ host, port, clock, logger, handle, leases, tls: tls.current() });
  tls.addDoor(server);
  await server.start();
  logger.info('serving gRPC', { address: host, port });
  return server;
}
