import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { accessOptions } from './access-options.ts';
import { formatAge, formatTable } from './format-table.ts';
import { outputOption, wantsJson } from './output-option.ts';

const options = optionTable({ ...accessOptions, o: outputOption.o });

export const tokenListCommand: Command = {
  name: 'list', summary: 'list the tokens by which nodes join, without their secrets', options,
  async run({ args, env, stdout, clock, rng, signal }: CommandContext) {
    const { options: given, positionals } = parseOptions(options, args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const isJson = wantsJson(given.o);
    const [{ withClient }, { listTokens }] = await Promise.all([import('../cluster/with-client.ts'), import('../tokens/bootstrap-token.ts')]);
    return withClient(given, { env, clock, rng }, async (client) => {
      const tokens = await listTokens(client, signal);
      if (isJson) stdout.write(`${JSON.stringify(tokens, null, 2)}\n`);
      else {
        stdout.write(formatTable(['ID', 'ENDS IN', 'USAGES', 'GROUPS', 'DESCRIPTION'], tokens.map(({ id, expires, usages, groups, description }) => [
          id, expires === undefined ? 'never' : Date.parse(expires) <= clock.now() ? 'expired' : formatAge(Date.parse(expires) - clock.now()), usages.join(','), groups.join(','), description,
        ])));
      }
      return 0;
    });
  },
};
