import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { etcdTargetOptions, findEtcd, openEtcd } from '../etcd/etcd-target.ts';
import { formatBytes } from './backup-options.ts';

const options = optionTable({ ...etcdTargetOptions });

/** Makes a full etcd writable again and says what it won. */
export const etcdRepairSpaceCommand: Command = {
  name: 'repair-space', summary: 'make a full etcd writable again: compact, defragment, take back the alarm', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const { repairSpace } = await import('../etcd/repair-space.ts');
    const { dataDisks, tellingFullDisks } = await import('../etcd/disk-room.ts');
    const { clock, signal, stdout } = context;
    const target = findEtcd(given);
    using etcd = openEtcd(target);
    let won = 0;
    await tellingFullDisks(target, () => repairSpace({
      ...etcd, disks: dataDisks(target), clock, signal,
      onCompacted: (revision) => { stdout.write(`✓ history before revision ${revision} is gone\n`); },
      onDefragmented: ({ name, before, after, tookMs }) => {
        won += before - after;
        stdout.write(`✓ ${name}: ${formatBytes(before)} → ${formatBytes(after)} (${(tookMs / 1000).toFixed(1)} s)\n`);
      },
      onDisarmed: (member) => { stdout.write(`✓ ${member} takes writes again\n`); },
    }));
    stdout.write(`${formatBytes(Math.max(0, won))} won.\n`);
    return 0;
  },
};
