import { errorMessage } from '@kubernode/base';
import { connectFollowing, createClient } from '@kubernode/client';
import { type Command, type CommandContext, createCertificateGauges, createLogger, createRegistry, FileFollower, loggingSettings, parseOptions, UsageError, version } from '@kubernode/component-base';
import { openCriChannel } from '@kubernode/rpc';
import { systemPodNetwork } from '../cni/set-up-pod-network.ts';
import { createGrpcCriRuntime } from '../cri/grpc-cri-runtime.ts';
import { systemMounter } from '../volumes/mounter.ts';
import type { Companion } from './companion.ts';
import { withConfiguration } from './kubelet-configuration.ts';
import { nodeConfig } from './node-config.ts';
import { nodeOptions } from './node-options.ts';
import { connectNode } from './node-connection.ts';
import { openNodeTracing } from './node-tracing.ts';
import { runNodeAgent } from './run-node-agent.ts';

/** Sent by the host's service manager before it stops anything: pods end as --shutdown-grace-period says, and after them the agent. SIGTERM leaves pods running. */
const HOST_SHUTDOWN_SIGNAL = 'SIGPWR';

/** `kubernode node`, with what runs beside the node agent in its process. */
export function nodeCommand(companions: readonly Companion[]): Command {
  return {
    name: 'node',
    summary: 'Runs a node: its pods on containerd, its services\' rules, its DNS',
    options: nodeOptions,
    run: (context) => run(context, companions),
  };
}

async function run({ args, env, clock, rng, signal, executable }: CommandContext, companions: readonly Companion[]): Promise<number> {
  const { args: complete, unknownFields } = withConfiguration(args);
  const { options, positionals } = parseOptions(nodeOptions, complete);
  if (positionals[0] !== undefined) throw new UsageError(`unexpected argument: ${positionals[0]}`);
  const known = companions.map(({ name }) => name);
  const unknown = [...options.without, ...options.companion.map((one) => one.split(':')[0] ?? '')].find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no companion "${unknown}"; there are: ${known.join(', ') || 'none'}`);
  const config = nodeConfig(options);
  const logger = createLogger({ component: 'node', ...loggingSettings(options) });
  for (const field of unknownFields) logger.warn('the configuration file has a field that is not known', { field });
  const tracing = await openNodeTracing(options, { clock, rng, logger });
  const registry = createRegistry();
  const follower = new FileFollower({ clock, logger });
  createCertificateGauges(registry, follower);
  const { client, rotation } = await connectNode(options, { env, clock, rng, logger, registry, follower }, signal);
  const networkClient = options['network-kubeconfig'] === undefined ? undefined : createClient({ transport: connectFollowing({ ...options, kubeconfig: options['network-kubeconfig'] }, env, { follower }), userAgent: `kubernode-node-network/${version.gitVersion}`, clock, rng });
  const hostShutdown = new AbortController();
  const onPowerFailure = (): void => { hostShutdown.abort(); };
  process.once(HOST_SHUTDOWN_SIGNAL, onPowerFailure);
  try {
    for (const { name, remove } of companions.filter((one) => options.without.includes(one.name))) {
      await remove?.().catch((error: unknown) => { logger.warn('what an earlier run left cannot be removed', { companion: name, error: errorMessage(error) }); });
    }
    await runNodeAgent(config, {
      client, clock, rng, logger, registry, follower, mounter: systemMounter, podNetwork: systemPodNetwork, hostShutdown: hostShutdown.signal, tracing, ...(rotation && { rotation }),
      ...(networkClient !== undefined && { networkClient }),
      debugging: { commandLine: [executable, 'node', ...args], setVerbosity: (verbosity) => { logger.verbosity = verbosity; } },
      companions: companions.filter(({ name }) => !options.without.includes(name)),
      companionArgs: (name) => options.companion.filter((one) => one.startsWith(`${name}:`)).map((one) => `--${one.slice(name.length + 1)}`),
      openRuntime: (metrics) => createGrpcCriRuntime({ channel: openCriChannel(options['container-runtime-endpoint'], { clock }), clock, metrics }),
    }, signal);
    return 0;
  } finally {
    process.off(HOST_SHUTDOWN_SIGNAL, onPowerFailure);
    client.close();
    networkClient?.close();
  }
}
