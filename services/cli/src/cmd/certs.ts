import { noSubcommand, type Command } from '@kubernode/component-base';
import { certsCheckCommand } from './certs-check.ts';
import { certsRenewCommand } from './certs-renew.ts';
import { certsRotateCaCommand } from './certs-rotate-ca.ts';
import { certsRotateKeysCommand } from './certs-rotate-keys.ts';

/** The certificates and keys of a cluster of this host, a file a verb (`certs-VERB.ts`). */
export const certsCommand: Command = {
  name: 'certs', usage: 'VERB', summary: 'check and renew certificates, exchange authorities and keys while the cluster runs', options: {},
  subcommands: [certsCheckCommand, certsRenewCommand, certsRotateCaCommand, certsRotateKeysCommand],
  run: (context) => Promise.reject(noSubcommand(certsCommand, context.args)),
};
