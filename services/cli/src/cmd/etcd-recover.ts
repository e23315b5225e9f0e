import { optionTable, parseOptions, UsageError, type Command, type CommandContext, type OptionSpec } from '@kubernode/component-base';
import { findEtcd } from '../etcd/etcd-target.ts';
import { etcdProgram } from './backup-options.ts';
import { dirOption } from './cluster-options.ts';
import { memberNumber } from './member-number.ts';
import { createProgress } from './progress.ts';

const BUMP_DEFAULT = 1_000_000_000;
const options = optionTable({
  ...dirOption,
  from: { kind: 'string', help: 'the member whose data are taken; choose the one that was well the longest', placeholder: 'etcd-N' },
  'bump-revision': { kind: 'int', default: BUMP_DEFAULT, help: 'how far above that member the revision goes on, so that watchers of what is lost list anew', placeholder: 'N' } satisfies OptionSpec,
});

/** Makes a new cluster of what one member has, when the majority is lost for good. */
export const etcdRecoverCommand: Command = {
  name: 'recover', summary: 'make a new cluster of what one member has, after the majority was lost for good', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    if (given.from === undefined) throw new UsageError('name the member whose data are taken: --from etcd-N');
    if (given['bump-revision'] < 0) throw new UsageError(`invalid value "${given['bump-revision']}" for --bump-revision: want 0 or more`);
    const { recoverQuorum } = await import('../etcd/recover-quorum.ts');
    const { clock, rng, signal, stdout } = context;
    const progress = createProgress({ out: stdout, clock });
    const target = findEtcd({ dir: given.dir, 'etcd-servers': undefined, 'etcd-cafile': undefined, 'etcd-certfile': undefined, 'etcd-keyfile': undefined });
    await recoverQuorum({ target, from: memberNumber(given.from), program: etcdProgram(context), bumpRevision: given['bump-revision'], step: (what, task) => progress.step(what, task), clock, rng, signal });
    stdout.write('etcd has a majority again. Writes that only the lost members had are gone.\n');
    return 0;
  },
};
