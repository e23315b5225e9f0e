import type { Command } from '@kubernode/component-base';

type Commands = () => Promise<{ commands: readonly Command[] }>;

/** Every command by name, each with the service that it is loaded from. */
export const commandTable: Readonly<Record<string, () => Promise<Command>>> = {
  ...from(() => import('@kubernode/cli'), ['up', 'down', 'status', 'logs', 'doctor', 'image', 'supervise', 'deploy', 'bundle', 'prepare-node', 'host', 'join', 'uninstall', 'backup', 'restore', 'etcd', 'chart', 'support-bundle', 'certs', 'token', 'user']),
  explain: explainWithScheduler,
  ...from(() => import('@kubernode/apiserver'), ['apiserver']),
  node: nodeWithCompanions,
  ...from(() => import('@kubernode/simulated-nodes'), ['simulated-nodes']),
  ...from(() => import('@kubernode/proxy'), ['proxy']),
  ...from(() => import('@kubernode/dns'), ['dns']),
  ...from(() => import('@kubernode/network-policy'), ['network-policy']),
  ...from(() => import('@kubernode/scheduler'), ['scheduler']),
  ...from(() => import('@kubernode/controller-manager'), ['controller-manager']),
};

/** Explanations with the scheduler's own plugins, which are loaded when a pod is to be explained. */
async function explainWithScheduler(): Promise<Command> {
  const { explainCommand } = await import('@kubernode/cli');
  return explainCommand(async () => {
    const { judgePlacement, loadConfiguration, placementResources } = await import('@kubernode/scheduler');
    const settings = (file: string | undefined): { configuration?: ReturnType<typeof loadConfiguration> } => (file === undefined ? {} : { configuration: loadConfiguration(file) });
    return {
      resources: (config) => placementResources(settings(config)),
      judge: (pod, { config, ...options }) => judgePlacement(pod, { ...settings(config), ...options }),
    };
  });
}

/** The node agent with service proxy, DNS and network policies beside it in one process. */
async function nodeWithCompanions(): Promise<Command> {
  const [{ nodeCommand }, { runProxyProcess }, { runDnsProcess }, { removeNetworkPolicies, runNetworkPolicyProcess }] = await Promise.all([import('@kubernode/node-agent'), import('@kubernode/proxy'), import('@kubernode/dns'), import('@kubernode/network-policy')]);
  return nodeCommand([
    { name: 'proxy', run: (context) => runProxyProcess(context) },
    { name: 'dns', run: (context) => runDnsProcess({ ...context, domain: context.clusterDns.domain, node: { name: context.nodeName, ip: context.nodeIp } }) },
    { name: 'network-policy', run: (context) => runNetworkPolicyProcess(context), remove: () => removeNetworkPolicies() },
  ]);
}

function from(load: Commands, names: readonly string[]): Record<string, () => Promise<Command>> {
  return Object.fromEntries(names.map((name) => [name, async () => {
    const command = (await load()).commands.find((one) => one.name === name);
    if (!command) throw new Error(`broken invariant: no service offers the command ${name}`);
    return command;
  }]));
}
