import { TaskGroup, whenAborted } from '@kubernode/base';
import { createLogger, createRegistry, observabilityApp, optionTable, parseOptions, serveApp, UsageError, type Command, type CommandContext, type OptionSpec } from '@kubernode/component-base';
import { etcdTargetOptions, findEtcd } from '../etcd/etcd-target.ts';
import { etcdProgram, includeOption, passphraseOption, readPassphrase, retentionOptions } from './backup-options.ts';

const MINUTE_MS = 60_000;

const options = optionTable({
  ...etcdTargetOptions, ...passphraseOption, ...includeOption, ...retentionOptions,
  to: { kind: 'string', help: "the folder for archives (default backups in the cluster's folder)", placeholder: 'DIR' },
  every: { kind: 'duration', default: 12 * 60 * MINUTE_MS, help: 'from one backup to the next; one that is overdue is made at once' } satisfies OptionSpec,
  'metrics-port': { kind: 'int', default: 0, help: '/metrics and /healthz on loopback; 0 for none', placeholder: 'PORT' } satisfies OptionSpec,
});
const KEEP_DEFAULT = 5;

/** Backs up again and again until it is stopped; `up --backup-every` and service managers run it. */
export const backupScheduleCommand: Command = {
  name: 'schedule', summary: 'back up at even distances, verify, and prune, until stopped', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    if (given.every < MINUTE_MS) throw new UsageError('invalid value for --every: want at least 1m');
    const [{ createBackup }, { verifyOrSetAside }, { listBackups, planPrune, removeBackups }, { createBackupMetrics, runSchedule }, { clearFailure, writeFailure }] = await Promise.all([import('../backup/create-backup.ts'), import('../backup/verify-backup.ts'), import('../backup/backup-folder.ts'), import('../backup/run-schedule.ts'), import('../backup/backup-failure.ts')]);
    const target = findEtcd(given);
    const to = given.to ?? target.cluster?.layout.backupsDir;
    if (to === undefined) throw new UsageError('name the folder for archives with --to');
    const [passphrase, program] = [readPassphrase(given['passphrase-file']), etcdProgram(context)];
    const { clock } = context;
    const registry = createRegistry();
    const group = new TaskGroup(context.signal);
    const port = given['metrics-port'];
    if (port > 0) group.spawn((signal) => serveApp({ app: observabilityApp({ registry }), host: '127.0.0.1', port, signal }));
    group.spawn((signal) => runSchedule({
      everyMs: given.every, clock, metrics: createBackupMetrics(registry), logger: createLogger({ component: 'backup', verbosity: 0 }),
      onOutcome: (failure) => { if (failure === undefined) clearFailure(to); else writeFailure(to, failure); },
      newest: () => listBackups(to)[0]?.createdAt,
      async backUp(inner) {
        const { file, bytes } = await createBackup({ target, to, include: given.include ?? [], passphrase, clock, signal: inner });
        await verifyOrSetAside(file, { passphrase, program, clock, signal: inner });
        removeBackups(planPrune(listBackups(to), { keep: given.keep ?? KEEP_DEFAULT, keepDays: given['keep-days'] }, clock.now()));
        return { bytes };
      },
    }, signal));
    await whenAborted(group.signal);
    group.stop();
    await group.done();
    return 0;
  },
};
