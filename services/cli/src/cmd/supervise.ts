import { createLogger, optionTable, parseOptions, UserError, type Command, type CommandContext, type Logger } from '@kubernode/component-base';
import { ensureAddons } from '../cluster/ensure-addons.ts';
import { loadClusterConfig, type ClusterConfig } from '../cluster/cluster-config.ts';
import { layoutOf, type Layout } from '../cluster/layout.ts';
import { nodeBridge, nodePlaces } from '../cluster/node-place.ts';
import { clusterCertificates } from '../cluster/cluster-certificates.ts';
import { advertiseAddress, nodeNames, planInput } from '../cluster/plan-input.ts';
import { prepareCertificates, refreshUserKubeconfig, writeKubeconfigs } from '../cluster/prepare-state.ts';
import { componentStage, planProcesses } from '../cluster/process-plan.ts';
import { prepareNodeNamespaces } from '../host/node-namespaces.ts';
import { removePidFile, writePidFile } from '../host/pid-file.ts';
import { fileChanges } from '../supervisor/file-changes.ts';
import { renewCertificates } from '../supervisor/renew-certificates.ts';
import { supervise } from '../supervisor/supervise.ts';
import { dirOption } from './cluster-options.ts';

const options = optionTable({ ...dirOption });

/** Runs all processes of a cluster in the foreground; `up` starts it in the background, a service manager may start it itself. */
export const superviseCommand: Command = {
  name: 'supervise', summary: 'run all processes of a prepared cluster and start them again when they end', options,
  async run(context: CommandContext) {
    const { options: { dir } } = parseOptions(options, context.args);
    const layout = layoutOf(dir);
    const config = loadClusterConfig(layout.configFile);
    if (!config) throw new UserError(`there is no cluster in ${dir}; 'kubernode up --dir ${dir}' makes one`);
    const logger = createLogger({ component: 'supervisor', verbosity: config.verbosity });
    writePidFile(layout.pidFile('supervisor'), process.pid);
    try {
      await supervise({
        untilChanged: fileChanges(layout.configFile, context.clock), specsNow: () => planProcesses(planInput({ config: loadClusterConfig(layout.configFile) ?? config, layout, context })), layout, clock: context.clock, rng: context.rng, logger, signal: context.signal,
        beside: [(signal) => keepCertificates({ layout, config, context, logger }, signal)],
        async beforeStage(stage, signal) {
          if (stage === 0) await placeNodes(config);
          if (stage === componentStage) await ensureAddons({ layout, config, clock: context.clock, logger, signal });
        },
      });
    } finally { removePidFile(layout.pidFile('supervisor')); }
    return 0;
  },
};

/** Renews the folder's certificates, and the kubeconfigs that hold copies. */
function keepCertificates({ layout, config, context: { clock, rng, env }, logger }: { layout: Layout; config: ClusterConfig; context: CommandContext; logger: Logger }, signal: AbortSignal): Promise<void> {
  const state = { layout, config, nodeNames: nodeNames(config), clock, rng };
  return renewCertificates({
    dir: layout.pki(''), plan: () => clusterCertificates(config, state.nodeNames), clock, rng, logger,
    async renew() {
      const made = await prepareCertificates(state);
      writeKubeconfigs(state);
      const unmerged = refreshUserKubeconfig(layout, config, env);
      if (unmerged !== undefined) logger.warn('the user\'s kubeconfig keeps an old certificate', { error: unmerged });
      return made;
    },
  }, signal);
}

/** Gives further nodes the namespaces that they run in; they do not outlive the machine's restart. */
async function placeNodes(config: ClusterConfig): Promise<void> {
  const bridge = nodeBridge(config);
  if (bridge !== undefined) await prepareNodeNamespaces({ bridge, places: nodePlaces(config, advertiseAddress(config)), clusterCidr: config.clusterCidr });
}
