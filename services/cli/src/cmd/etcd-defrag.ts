import { optionTable, parseOptions, UsageError, UserError, type Command, type CommandContext, type OptionSpec } from '@kubernode/component-base';
import { defragmentMembers, observeEtcd, planDefrag } from '@kubernode/rpc';
import { etcdTargetOptions, findEtcd, openEtcd } from '../etcd/etcd-target.ts';
import { formatBytes } from './backup-options.ts';

const options = optionTable({ ...etcdTargetOptions, 'dry-run': { kind: 'boolean', default: false, help: 'only say who would be defragmented, in which order' } satisfies OptionSpec });

/** Gives free pages back to the file system, one member at a time, the leader last. */
export const etcdDefragCommand: Command = {
  name: 'defrag', summary: 'give free pages back to the file system, one member at a time', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const { clock, signal, stdout } = context;
    const target = findEtcd(given);
    const { assertRoomToDefragment, dataDisks } = await import('../etcd/disk-room.ts');
    using etcd = openEtcd(target);
    const plan = planDefrag(await observeEtcd(etcd.admin, signal), { minFreeBytes: 0, minFreeShare: 0 });
    if (plan.verdict === 'unsafe') throw new UserError(`not now: ${plan.why}`);
    const order = plan.verdict === 'go' ? plan.order : [];
    if (given['dry-run']) { for (const { member, status } of order) stdout.write(`${member.name}: ${formatBytes(status?.dbSize ?? 0)}, of which ${formatBytes(status?.dbSizeInUse ?? 0)} are in use\n`); return 0; }
    await defragmentMembers(order, {
      admin: etcd.admin, clock, signal,
      onBegin: (member, status) => assertRoomToDefragment(member, status, { disks: dataDisks(target), admin: etcd.admin, clock, signal }),
      onDone: ({ name, before, after, tookMs }) => { stdout.write(`✓ ${name}: ${formatBytes(before)} → ${formatBytes(after)} (${(tookMs / 1000).toFixed(1)} s)\n`); },
    });
    return 0;
  },
};
