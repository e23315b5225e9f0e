import { createLogger, optionTable, parseOptions, UserError, type Command, type CommandContext } from '@kubernode/component-base';
import { ensureAddons } from '../cluster/ensure-addons.ts';
import { loadClusterConfig } from '../cluster/cluster-config.ts';
import { layoutOf } from '../cluster/layout.ts';
import { planInput } from '../cluster/plan-input.ts';
import { componentStage, planProcesses } from '../cluster/process-plan.ts';
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
        beforeStage: async (stage, signal) => { if (stage === componentStage) await ensureAddons({ layout, config, clock: context.clock, logger, signal }); },
      });
    } finally { removePidFile(layout.pidFile('supervisor')); }
    return 0;
  },
};
