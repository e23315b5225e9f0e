import { noSubcommand, type Command } from '@kubernode/component-base';
import { etcdDefragCommand } from './etcd-defrag.ts';
import { tellingEtcdFaults } from './etcd-faults.ts';
import { etcdInspectCommand } from './etcd-inspect.ts';
import { etcdMembersCommand } from './etcd-members.ts';
import { etcdRecoverCommand } from './etcd-recover.ts';
import { etcdRepairSpaceCommand } from './etcd-repair-space.ts';
import { etcdReplaceMemberCommand } from './etcd-replace-member.ts';
import { etcdStatusCommand } from './etcd-status.ts';

/** The care of etcd, a file a verb (`etcd-VERB.ts`). */
export const etcdCommand: Command = {
  name: 'etcd', usage: 'VERB', summary: 'look after etcd: status, space, members, what is in it', options: {},
  subcommands: [etcdStatusCommand, etcdMembersCommand, etcdDefragCommand, etcdRepairSpaceCommand, etcdReplaceMemberCommand, etcdRecoverCommand, etcdInspectCommand].map(tellingEtcdFaults),
  run: (context) => Promise.reject(noSubcommand(etcdCommand, context.args)),
};
