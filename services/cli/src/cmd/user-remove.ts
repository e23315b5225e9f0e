import { optionTable, parseOptions, UsageError, UserError, type Command, type CommandContext } from '@kubernode/component-base';
import { accessOptions } from './access-options.ts';

const options = optionTable({ ...accessOptions });

/** Takes away the roles that `user add` gave. The certificate itself holds until it expires: X.509 has no way back that API servers look at. */
export const userRemoveCommand: Command = {
  name: 'remove', usage: 'NAME', summary: 'take away the roles that \'kubernode user add\' gave somebody; the certificate itself holds until it expires', options,
  async run({ args, env, stdout, clock, rng, signal }: CommandContext) {
    const { options: given, positionals: [name, ...more] } = parseOptions(options, args);
    if (name === undefined || more.length > 0) throw new UsageError('name one user');
    const [{ withClient }, records] = await Promise.all([import('../cluster/with-client.ts'), import('../users/user-records.ts')]);
    return withClient(given, { env, clock, rng }, async (client) => {
      const user = (await records.listUsers(client, signal)).find((one) => one.name === name);
      if (user === undefined) throw new UserError(`nobody named ${name} got a certificate by 'kubernode user add'`);
      for (const binding of await records.unbindUser(client, user, signal)) stdout.write(`✓ binding ${binding} removed\n`);
      await records.forgetUser(client, name, signal);
      const leftMs = Date.parse(user.expires) - clock.now();
      if (leftMs > 0) stdout.write(`The certificate of ${name} is accepted until ${user.expires}${user.groups.length > 0 ? `, with what its groups may do: ${user.groups.join(', ')}` : ''}; certificates cannot be revoked. If that is too long, exchange the authority: 'kubernode certs rotate-ca'.\n`);
      return 0;
    });
  },
};
