import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { etcdProgram, passphraseOption, readPassphrase } from './backup-options.ts';

const options = optionTable({ ...passphraseOption });

/** Proves of each archive that a cluster can be had again from it. */
export const backupVerifyCommand: Command = {
  name: 'verify', usage: 'ARCHIVE…', summary: 'restore archives into an etcd of their own and compare', options,
  async run(context: CommandContext) {
    const { options: given, positionals: archives } = parseOptions(options, context.args);
    if (archives.length === 0) throw new UsageError('name the archives to verify');
    const { verifyBackup } = await import('../backup/verify-backup.ts');
    const passphrase = readPassphrase(given['passphrase-file']);
    const program = etcdProgram(context);
    for (const archive of archives) {
      const { createdAt, etcd, files } = await verifyBackup(archive, { passphrase, program, clock: context.clock, signal: context.signal });
      context.stdout.write(`✓ ${archive}: ${createdAt}, etcd ${etcd.version}, ${etcd.keys} keys at revision ${etcd.revision}${etcd.hash === undefined ? '' : ', same hash'}, ${files.length} files\n`);
    }
    return 0;
  },
};
