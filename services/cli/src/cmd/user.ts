import { noSubcommand, type Command } from '@kubernode/component-base';
import { userAddCommand } from './user-add.ts';
import { userListCommand } from './user-list.ts';
import { userRemoveCommand } from './user-remove.ts';

/** People who use a cluster by certificates, a file a verb (`user-VERB.ts`). */
export const userCommand: Command = {
  name: 'user', usage: 'VERB', summary: 'give people a kubeconfig of their own, list them, take their roles away', options: {}, subcommands: [userAddCommand, userListCommand, userRemoveCommand],
  run: (context) => Promise.reject(noSubcommand(userCommand, context.args)),
};
