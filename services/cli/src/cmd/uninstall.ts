import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';

const options = optionTable({ purge: { kind: 'boolean', default: false, help: "remove users' data too: etcd's, and the logs of pods" } });

/** Removes everything that `deploy` or `join` put on this host, naming each thing. */
export const uninstallCommand: Command = {
  name: 'uninstall', summary: 'remove from this host what deploy or join put there', options,
  async run(context: CommandContext) {
    const { options: { purge }, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const { uninstallHere } = await import('../deploy/uninstall-here.ts');
    await uninstallHere({ purge, env: context.env, clock: context.clock, report: (what) => { context.stdout.write(`${what}\n`); } });
    return 0;
  },
};
