import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { observeEtcd } from '@kubernode/rpc';
import { etcdTargetOptions, findEtcd, openEtcd } from '../etcd/etcd-target.ts';
import { formatBytes } from './backup-options.ts';
import { formatTable } from './format-table.ts';
import { outputOption, wantsJson } from './output-option.ts';

const options = optionTable({ ...etcdTargetOptions, ...outputOption });

/** Says how each member is, how full it is, and which alarms there are. Exit status 1 when something is not as it should be. */
export const etcdStatusCommand: Command = {
  name: 'status', summary: 'say how each member is, how full, and which alarms there are', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const isJson = wantsJson(given.o);
    const [{ describeEtcd }, { dataDisks, fullDisks, tellingFullDisks }] = await Promise.all([import('../etcd/describe-etcd.ts'), import('../etcd/disk-room.ts')]);
    const target = findEtcd(given);
    using etcd = openEtcd(target);
    const { members, alarms, faults: told } = describeEtcd(await tellingFullDisks(target, () => observeEtcd(etcd.admin, context.signal)));
    const faults = [...told, ...fullDisks(dataDisks(target))];
    if (isJson) context.stdout.write(`${JSON.stringify({ members, alarms, faults }, null, 2)}\n`);
    else {
      context.stdout.write(formatTable(['MEMBER', 'ENDPOINT', 'STATE', 'VERSION', 'SIZE', 'IN USE', 'QUOTA', 'REVISION', 'TERM', 'APPLIED'], members.map((one) => [
        one.name, one.endpoint, one.state, one.version, formatBytes(one.dbSize), formatBytes(one.dbSizeInUse), one.dbSizeQuota === 0 ? '?' : formatBytes(one.dbSizeQuota), String(one.revision), String(one.raftTerm), `${one.raftAppliedIndex}/${one.raftIndex}`,
      ])));
      for (const fault of faults) context.stdout.write(`✗ ${fault}\n`);
    }
    return faults.length === 0 ? 0 : 1;
  },
};
