import { optionTable, parseOptions, UsageError, type Command, type CommandContext, type OptionSpec } from '@kubernode/component-base';
import { parseInitialCluster } from '../etcd/founding-members.ts';
import type { DataFolder } from '../etcd/replace-data.ts';
import { passphraseOption, readPassphrase } from './backup-options.ts';
import { dirOption } from './cluster-options.ts';
import { createProgress } from './progress.ts';

/** More than any cluster writes between its last backup and its end; etcd counts to 2^63, JavaScript to 2^53. */
const BUMP_DEFAULT = 1_000_000_000;

const options = optionTable({
  ...dirOption, ...passphraseOption,
  etcd: { kind: 'int', help: 'members to restore to: 1, 3 or 5 (default as many as there were)', placeholder: 'N' },
  'while-running': { kind: 'boolean', default: false, help: "stop API servers and etcd of a running cluster for the time of it; nodes and their pods go on" } satisfies OptionSpec,
  'bump-revision': { kind: 'int', default: BUMP_DEFAULT, help: 'how far above the snapshot the revision goes on, so that watchers of what is lost list anew', placeholder: 'N' } satisfies OptionSpec,
  'data-dir': { kind: 'string', help: 'only make this data folder of etcd, for members that are started otherwise: one for each, with what their own flags say', placeholder: 'DIR' },
  name: { kind: 'string', default: 'default', help: "with --data-dir: the member's --name" , placeholder: 'NAME' } satisfies OptionSpec,
  'initial-cluster': { kind: 'string', default: 'default=http://localhost:2380', help: "with --data-dir: the members' --initial-cluster", placeholder: 'NAME=URL,…' } satisfies OptionSpec,
  'initial-cluster-token': { kind: 'string', default: 'etcd-cluster', help: "with --data-dir: their --initial-cluster-token; a new one makes strangers of the old cluster's members", placeholder: 'TOKEN' } satisfies OptionSpec,
  'dry-run': { kind: 'boolean', default: false, help: 'only say what would be done' } satisfies OptionSpec,
});

/** Brings a cluster back from an archive. */
export const restoreCommand: Command = {
  name: 'restore', usage: 'ARCHIVE', summary: 'bring a cluster back from an archive of kubernode backup', options,
  async run(context: CommandContext) {
    const { options: given, positionals: [archive, extra] } = parseOptions(options, context.args);
    if (archive === undefined || extra !== undefined) throw new UsageError('name one archive');
    if (given['bump-revision'] < 0) throw new UsageError(`invalid value "${given['bump-revision']}" for --bump-revision: want 0 or more`);
    const passphrase = readPassphrase(given['passphrase-file']);
    if (given['data-dir'] !== undefined) return restoreDataFolder(context, { archive, passphrase, ...dataFolderOf({ ...given, 'data-dir': given['data-dir'] }) });
    const [{ prepareRestore, runRestore }, { describeRestore }] = await Promise.all([import('../backup/restore-cluster.ts'), import('../backup/restore-plan.ts')]);
    const { clock, rng, signal, stdout } = context;
    await using prepared = await prepareRestore({ archive, dir: given.dir, passphrase, choice: { etcdMembers: given.etcd, whileRunning: given['while-running'] || given['dry-run'], bumpRevision: given['bump-revision'] }, clock, rng, signal });
    if (given['dry-run']) {
      stdout.write(describeRestore(prepared.plan, prepared.manifest).map((line) => `${line}\n`).join(''));
      return 0;
    }
    const progress = createProgress({ out: stdout, clock });
    await runRestore(prepared, { step: (what, task) => progress.step(what, task), clock, signal });
    for (const line of prepared.plan.kept) stdout.write(`! ${line} differs from the archive's and stays as it is\n`);
    stdout.write(prepared.plan.hold.length > 0 ? 'The cluster is back; whoever watched it lists anew.\n' : `'kubernode up${given.dir === '/var/lib/kubernode' ? '' : ` --dir ${given.dir}`}' brings it up.\n`);
    return 0;
  },
};

interface GivenFolder { readonly 'data-dir': string; readonly name: string; readonly 'initial-cluster': string; readonly 'initial-cluster-token': string; readonly 'bump-revision': number }

function dataFolderOf({ 'data-dir': dataDir, name, 'initial-cluster': initialCluster, 'initial-cluster-token': token, 'bump-revision': bumpRevision }: GivenFolder): Omit<DataFolder, 'snapshot'> {
  const members = parseInitialCluster(initialCluster);
  if (members === undefined) throw new UsageError(`invalid value "${initialCluster}" for --initial-cluster: want NAME=URL,…`);
  if (!members.some((one) => one.name === name)) throw new UsageError(`--initial-cluster has no member ${name}`);
  return { dataDir, name, bumpRevision, founding: { members, token } };
}

async function restoreDataFolder({ stdout, signal }: CommandContext, { archive, ...folder }: Omit<DataFolder, 'snapshot'> & { archive: string; passphrase: string | undefined }): Promise<number> {
  const { restoreDataDir } = await import('../backup/restore-data-dir.ts');
  const { etcd } = await restoreDataDir(archive, { ...folder, signal });
  stdout.write(`✓ ${folder.dataDir}: ${etcd.keys} keys at revision ${etcd.revision + folder.bumpRevision}\nStart etcd on it as ${folder.name}, with the same members and token.\n`);
  return 0;
}
