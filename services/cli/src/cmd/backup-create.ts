import { optionTable, parseOptions, UsageError, type Command, type CommandContext, type OptionSpec } from '@kubernode/component-base';
import { etcdTargetOptions, findEtcd } from '../etcd/etcd-target.ts';
import { etcdProgram, formatBytes, includeOption, passphraseOption, readPassphrase, retentionOptions } from './backup-options.ts';
import { createProgress } from './progress.ts';

const options = optionTable({
  ...etcdTargetOptions, ...passphraseOption, ...includeOption, ...retentionOptions,
  to: { kind: 'string', help: "the folder for archives (default backups in the cluster's folder)", placeholder: 'DIR' },
  verify: { kind: 'boolean', default: true, help: 'restore the archive into an etcd of its own and compare; needs twice its space for the time' } satisfies OptionSpec,
});

/** Saves a cluster into one archive and, unless told not to, proves that it can be had again from that. */
export const backupCreateCommand: Command = {
  name: 'create', summary: 'save etcd, keys and configuration into one archive, and verify it', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const [{ createBackup }, { verifyOrSetAside }, { listBackups, planPrune, removeBackups }] = await Promise.all([import('../backup/create-backup.ts'), import('../backup/verify-backup.ts'), import('../backup/backup-folder.ts')]);
    const target = findEtcd(given);
    const to = given.to ?? target.cluster?.layout.backupsDir;
    if (to === undefined) throw new UsageError('name the folder for archives with --to');
    const passphrase = readPassphrase(given['passphrase-file']);
    const program = given.verify ? etcdProgram(context) : '';
    const { clock, signal } = context;
    const progress = createProgress({ out: context.stdout, clock });
    const { file, bytes, manifest } = await progress.step(`snapshot, keys and configuration`, () => createBackup({ target, to, include: given.include ?? [], passphrase, clock, signal }));
    const described = `${manifest.etcd.keys} keys at revision ${manifest.etcd.revision}`;
    if (given.verify) await progress.step(`restored into an etcd of its own: ${described}${manifest.etcd.hash === undefined ? '' : ', same hash'}`, () => verifyOrSetAside(file, { passphrase, program, clock, signal }));
    if (given.keep !== undefined || given['keep-days'] !== undefined) {
      const pruned = planPrune(listBackups(to), { keep: given.keep ?? 1, keepDays: given['keep-days'] }, clock.now());
      removeBackups(pruned);
      for (const one of pruned) context.stdout.write(`✓ removed ${one.file}\n`);
    }
    context.stdout.write(`${file} (${formatBytes(bytes)}${passphrase === undefined ? '; not encrypted: it holds the cluster\'s keys' : ''})\n`);
    return 0;
  },
};
