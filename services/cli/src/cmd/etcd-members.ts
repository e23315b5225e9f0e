import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { observeEtcd } from '@kubernode/rpc';
import { etcdTargetOptions, findEtcd, openEtcd } from '../etcd/etcd-target.ts';
import { formatTable } from './format-table.ts';
import { outputOption, wantsJson } from './output-option.ts';

const options = optionTable({ ...etcdTargetOptions, ...outputOption });

/** Says who the members are, by the word of one of them: also when there is no majority. */
export const etcdMembersCommand: Command = {
  name: 'members', summary: 'say who the members are and where they are reached', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const isJson = wantsJson(given.o);
    using etcd = openEtcd(findEtcd(given));
    const members = (await observeEtcd(etcd.admin, context.signal)).members.map(({ member: { id, name, peerUrls, clientUrls, isLearner } }) => ({ id: id.toString(16), name, peerUrls, clientUrls, isLearner }));
    if (isJson) context.stdout.write(`${JSON.stringify(members, null, 2)}\n`);
    else context.stdout.write(formatTable(['ID', 'NAME', 'PEERS', 'CLIENTS', 'LEARNER'], members.map((one) => [one.id, one.name === '' ? '-' : one.name, one.peerUrls.join(','), one.clientUrls.join(',') || '-', one.isLearner ? 'yes' : 'no'])));
    return 0;
  },
};
