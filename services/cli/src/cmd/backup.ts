import { noSubcommand, type Command } from '@kubernode/component-base';
import { backupCreateCommand } from './backup-create.ts';
import { backupListCommand } from './backup-list.ts';
import { backupPruneCommand } from './backup-prune.ts';
import { backupScheduleCommand } from './backup-schedule.ts';
import { backupVerifyCommand } from './backup-verify.ts';
import { tellingEtcdFaults } from './etcd-faults.ts';

/** Archives of etcd, keys and configuration, a file a verb (`backup-VERB.ts`). */
export const backupCommand: Command = {
  name: 'backup', usage: 'VERB', summary: 'save etcd, keys and configuration of a cluster; verify, list and prune archives', options: {},
  subcommands: [backupCreateCommand, backupVerifyCommand, backupListCommand, backupPruneCommand, backupScheduleCommand].map(tellingEtcdFaults),
  run: (context) => Promise.reject(noSubcommand(backupCommand, context.args)),
};
