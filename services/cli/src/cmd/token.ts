import { noSubcommand, type Command } from '@kubernode/component-base';
import { tokenCreateCommand } from './token-create.ts';
import { tokenDeleteCommand } from './token-delete.ts';
import { tokenListCommand } from './token-list.ts';

/** Bootstrap tokens, a file a verb (`token-VERB.ts`). */
export const tokenCommand: Command = {
  name: 'token', usage: 'VERB', summary: 'make, list and delete the tokens by which nodes join', options: {}, subcommands: [tokenCreateCommand, tokenListCommand, tokenDeleteCommand],
  run: (context) => Promise.reject(noSubcommand(tokenCommand, context.args)),
};
