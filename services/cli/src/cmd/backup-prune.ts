import { optionTable, parseOptions, UsageError, type Command, type CommandContext, type OptionSpec } from '@kubernode/component-base';
import { layoutOf } from '../cluster/layout.ts';
import { retentionOptions } from './backup-options.ts';
import { dirOption } from './cluster-options.ts';

const options = optionTable({ ...dirOption, ...retentionOptions, 'dry-run': { kind: 'boolean', default: false, help: 'only say which would go' } satisfies OptionSpec });

/** Removes archives that nobody wants any more. The newest of each cluster always stays. */
export const backupPruneCommand: Command = {
  name: 'prune', usage: '[DIR]', summary: 'remove old archives of a folder', options,
  async run(context: CommandContext) {
    const { options: given, positionals: [named, extra] } = parseOptions(options, context.args);
    const folder = named ?? layoutOf(given.dir).backupsDir;
    if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`);
    if (given.keep === undefined && given['keep-days'] === undefined) throw new UsageError('say what stays: --keep N, --keep-days D, or both');
    for (const [flag, value] of [['keep', given.keep], ['keep-days', given['keep-days']]] as const) if (value !== undefined && value < 1) throw new UsageError(`invalid value "${value}" for --${flag}: want 1 or more`);
    const { listBackups, planPrune, removeBackups } = await import('../backup/backup-folder.ts');
    const pruned = planPrune(listBackups(folder), { keep: given.keep ?? 1, keepDays: given['keep-days'] }, context.clock.now());
    if (!given['dry-run']) removeBackups(pruned);
    for (const { file } of pruned) context.stdout.write(`${given['dry-run'] ? 'would remove' : '✓ removed'} ${file}\n`);
    return 0;
  },
};
