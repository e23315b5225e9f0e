import { noSubcommand, type Command } from '@kubernode/component-base';
import { etcdDefragCommand } from './etcd-defrag.ts';
import { etcdMembersCommand } from './etcd-members.ts';
import { etcdRepairSpaceCommand } from './etcd-repair-space.ts';
import { etcdStatusCommand } from './etcd-status.ts';

/** The care of etcd, a file a verb (`etcd-VERB.ts`). */
export const etcdCommand: Command = {
  name: 'etcd', usage: 'VERB', summary: 'look after etcd: status, members, space', options: {},
  subcommands: [etcdStatusCommand, etcdMembersCommand, etcdDefragCommand, etcdRepairSpaceCommand],
  run: (context) => Promise.reject(noSubcommand(etcdCommand, context.args)),
};
