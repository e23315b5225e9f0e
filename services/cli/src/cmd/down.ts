import { rmSync } from 'node:fs';
import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { loadClusterConfig } from '../cluster/cluster-config.ts';
import { layoutOf } from '../cluster/layout.ts';
import { takeDown } from '../cluster/take-down.ts';
import { dirOption } from './cluster-options.ts';

const options = optionTable({ ...dirOption, purge: { kind: 'boolean', default: false, help: "remove the cluster's data, certificates and logs too" } });

/** Stops a cluster and removes what it made on the host, naming each thing. */
export const downCommand: Command = {
  name: 'down', summary: 'stop a cluster and remove what it made on this host; its data stays without --purge', options,
  async run(context: CommandContext) {
    const { options: { dir, purge }, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const layout = layoutOf(dir);
    const config = loadConfigOrPurge(layout.configFile, purge);
    if (!config) {
      if (purge) rmSync(layout.dir, { recursive: true, force: true });
      context.stdout.write(`There is no cluster in ${layout.dir}.\n`);
      return 0;
    }
    await takeDown({ layout, config, env: context.env, clock: context.clock, report: (what) => { context.stdout.write(`✓ removed ${what}\n`); } });
    if (purge) {
      rmSync(layout.dir, { recursive: true, force: true });
      context.stdout.write(`✓ removed ${layout.dir}\n`);
    } else context.stdout.write(`The data stays in ${layout.dir}; 'kubernode up' continues with it, 'kubernode down --purge' removes it.\n`);
    return 0;
  },
};

/** A folder that cannot be understood can still be purged. */
function loadConfigOrPurge(file: string, purge: boolean): ReturnType<typeof loadClusterConfig> {
  try { return loadClusterConfig(file); } catch (error) {
    if (purge) return undefined;
    throw error;
  }
}
