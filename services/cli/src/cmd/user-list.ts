import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { accessOptions } from './access-options.ts';
import { formatAge, formatTable } from './format-table.ts';
import { outputOption, wantsJson } from './output-option.ts';

const options = optionTable({ ...accessOptions, o: outputOption.o });

export const userListCommand: Command = {
  name: 'list', summary: 'list those who got a certificate by \'kubernode user add\'', options,
  async run({ args, env, stdout, clock, rng, signal }: CommandContext) {
    const { options: given, positionals } = parseOptions(options, args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const isJson = wantsJson(given.o);
    const [{ withClient }, { listUsers }] = await Promise.all([import('../cluster/with-client.ts'), import('../users/user-records.ts')]);
    return withClient(given, { env, clock, rng }, async (client) => {
      const users = await listUsers(client, signal);
      if (isJson) stdout.write(`${JSON.stringify(users, null, 2)}\n`);
      else {
        stdout.write(formatTable(['USER', 'GROUPS', 'ENDS IN', 'ROLES'], users.map(({ name, groups, expires, bindings }) => [
          name, groups.join(',') || '-', Date.parse(expires) <= clock.now() ? 'expired' : formatAge(Date.parse(expires) - clock.now()), bindings.map(({ role, namespace }) => (namespace === undefined ? role : `${role} in ${namespace}`)).join(', ') || '-',
        ])));
      }
      return 0;
    });
  },
};
