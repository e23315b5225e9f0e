import { createLogger, optionTable, parseOptions, UserError, type Command, type CommandContext } from '@kubernode/component-base';
import { ensureAddons } from '../cluster/ensure-addons.ts';
import { loadClusterConfig, type ClusterConfig } from '../cluster/cluster-config.ts';
import { layoutOf } from '../cluster/layout.ts';
import { nodeBridge, nodePlaces } from '../cluster/node-place.ts';
import { advertiseAddress, planInput } from '../cluster/plan-input.ts';
import { componentStage, planProcesses } from '../cluster/process-plan.ts';
import { prepareNodeNamespaces } from '../host/node-namespaces.ts';
import { removePidFile, writePidFile } from '../host/pid-file.ts';
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
        specs: planProcesses(planInput({ config, layout, context })), layout, clock: context.clock, rng: context.rng, logger, signal: context.signal,
        async beforeStage(stage, signal) {
          if (stage === 0) await placeNodes(config);
          if (stage === componentStage) await ensureAddons({ layout, config, clock: context.clock, logger, signal });
        },
      });
    } finally { removePidFile(layout.pidFile('supervisor')); }
    return 0;
  },
};

/** Gives further nodes the namespaces that they run in; they do not outlive the machine's restart. */
async function placeNodes(config: ClusterConfig): Promise<void> {
  const bridge = nodeBridge(config);
  if (bridge !== undefined) await prepareNodeNamespaces({ bridge, places: nodePlaces(config, advertiseAddress(config)), clusterCidr: config.clusterCidr });
}
