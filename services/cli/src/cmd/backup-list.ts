import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { layoutOf } from '../cluster/layout.ts';
import { formatBytes } from './backup-options.ts';
import { dirOption } from './cluster-options.ts';
import { formatAge, formatTable } from './format-table.ts';
import { outputOption, wantsJson } from './output-option.ts';

const options = optionTable({ ...dirOption, ...outputOption });

/** Says which archives a folder has, newest first. */
export const backupListCommand: Command = {
  name: 'list', usage: '[DIR]', summary: "list the archives of a folder (default backups in the cluster's folder)", options,
  async run(context: CommandContext) {
    const { options: given, positionals: [named, extra] } = parseOptions(options, context.args);
    const folder = named ?? layoutOf(given.dir).backupsDir;
    const isJson = wantsJson(given.o);
    if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`);
    const { listBackups } = await import('../backup/backup-folder.ts');
    const backups = listBackups(folder);
    if (isJson) context.stdout.write(`${JSON.stringify(backups.map((one) => ({ ...one, createdAt: new Date(one.createdAt).toISOString() })), null, 2)}\n`);
    else if (backups.length === 0) context.stdout.write(`There are no backups in ${folder}.\n`);
    else context.stdout.write(formatTable(['ARCHIVE', 'CLUSTER', 'AGE', 'REVISION', 'SIZE', 'ENCRYPTED'], backups.map((one) => [one.file, one.cluster, formatAge(context.clock.now() - one.createdAt), String(one.revision), formatBytes(one.bytes), one.isEncrypted ? 'yes' : 'no'])));
    return 0;
  },
};
