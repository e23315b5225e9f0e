import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { accessOptions } from './access-options.ts';
import { actionOptions, updateOptions } from './chart-release-options.ts';

const options = optionTable({
  ...accessOptions, ...actionOptions, ...updateOptions,
  'dry-run': { kind: 'boolean', default: false, help: 'say what would be done and do nothing' },
  'cleanup-on-fail': { kind: 'boolean', default: false, help: 'delete what it created when it fails' },
});

/** Back to an earlier revision, as a new one. */
export const chartRollbackCommand: Command = {
  name: 'rollback', usage: 'RELEASE [REVISION]', summary: 'bring a release back to an earlier revision; the one before without', options,
  async run(context: CommandContext) {
    const { options: flags, positionals: [name, given = '0', extra] } = parseOptions(options, context.args);
    if (name === undefined || extra !== undefined) throw new UsageError('name one release and at most one revision');
    if (!/^\d+$/.test(given)) throw new UsageError(`could not convert revision to a number: ${given}`);
    const [{ withReleases }, { describePlan, rollbackRelease }, { actionFlags, updateFlags }] = await Promise.all([import('../chart/release-session.ts'), import('@kubernode/helm'), import('../chart/release-flags.ts')]);
    const request = { name, revision: Number(given), dryRun: flags['dry-run'], cleanupOnFail: flags['cleanup-on-fail'], ...actionFlags(flags), ...updateFlags(flags) };
    const { actions } = await withReleases(context, { access: flags }, (environment) => rollbackRelease(environment, request));
    context.stdout.write(flags['dry-run'] ? `Objects: ${describePlan(actions)}\n` : 'Rollback was a success! Happy Helming!\n');
    return 0;
  },
};
