import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';

const options = optionTable({
  filename: { kind: 'string', placeholder: 'FILE', help: 'the cluster.yaml that describes the machines' },
  f: { kind: 'string', placeholder: 'FILE', help: 'short for --filename' },
  'dry-run': { kind: 'boolean', default: false, help: 'show what would change and change nothing; exit status 3 when something would' },
  rollback: { kind: 'boolean', default: false, help: 'go back to the version before, which every host still has' },
  uninstall: { kind: 'boolean', default: false, help: 'remove the cluster from all its machines' },
  purge: { kind: 'boolean', default: false, help: "machines that leave lose users' data too" },
});
/** One machine at a time may have to be waited for. */
const CLEAN_STOP_MS_MAX = 30_000;

/** Brings machines to what a cluster.yaml says, over ssh. */
export const deployCommand: Command = {
  name: 'deploy', usage: '-f cluster.yaml', summary: 'bring the machines of a cluster.yaml to what it says, over ssh', options, cleanStopMsMax: () => CLEAN_STOP_MS_MAX,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    const file = given.filename ?? given.f;
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    if (file === undefined) throw new UsageError('name the cluster with -f cluster.yaml');
    if ([given.rollback, given.uninstall].filter(Boolean).length > 1) throw new UsageError('--rollback and --uninstall exclude each other');
    const { runDeploy } = await import('../deploy/run-deploy.ts');
    return runDeploy({ file, dryRun: given['dry-run'], rollback: given.rollback, uninstall: given.uninstall, purge: given.purge }, context);
  },
};
