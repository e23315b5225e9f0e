import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { findEtcd } from '../etcd/etcd-target.ts';
import { dirOption } from './cluster-options.ts';
import { memberNumber } from './member-number.ts';
import { createProgress } from './progress.ts';

const options = optionTable({ ...dirOption });

/** Gives a lost member of three or five an empty beginning; the others have all it needs. */
export const etcdReplaceMemberCommand: Command = {
  name: 'replace-member', usage: 'etcd-N', summary: 'let a lost member of three or five begin anew from what the others have', options,
  async run(context: CommandContext) {
    const { options: given, positionals: [member, extra] } = parseOptions(options, context.args);
    if (member === undefined || extra !== undefined) throw new UsageError('name one member: etcd-N');
    const { replaceMember } = await import('../etcd/replace-member.ts');
    const { clock, signal, stdout } = context;
    const progress = createProgress({ out: stdout, clock });
    const target = findEtcd({ dir: given.dir, 'etcd-servers': undefined, 'etcd-cafile': undefined, 'etcd-certfile': undefined, 'etcd-keyfile': undefined });
    await replaceMember({ target, member: memberNumber(member), step: (what, task) => progress.step(what, task), clock, signal });
    return 0;
  },
};
