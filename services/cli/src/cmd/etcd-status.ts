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
    const { describeEtcd } = await import('../etcd/describe-etcd.ts');
    using etcd = openEtcd(findEtcd(given));
    const { members, alarms, faults } = describeEtcd(await observeEtcd(etcd.admin, context.signal));
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
