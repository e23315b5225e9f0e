import { coreV1Resources } from '@kubernode/api';
import { isNotFound } from '@kubernode/apimachinery';
import { optionTable, parseOptions, UsageError, UserError, type Command, type CommandContext } from '@kubernode/component-base';
import { accessOptions } from './access-options.ts';

const options = optionTable({ ...accessOptions });

/** By id or by the whole token. */
export const tokenDeleteCommand: Command = {
  name: 'delete', usage: 'ID…', summary: 'delete tokens by which nodes join; nodes that have joined stay', options,
  async run({ args, env, stdout, clock, rng, signal }: CommandContext) {
    const { options: given, positionals } = parseOptions(options, args);
    const ids = positionals.map((one) => one.split('.')[0] ?? '');
    const bad = ids.find((id) => !/^[a-z0-9]{6}$/.test(id));
    if (ids.length === 0 || bad !== undefined) throw new UsageError(bad === undefined ? 'name the tokens to delete' : `"${bad}" is no id of a token: six of a to z and 0 to 9`);
    const [{ withClient }, { TOKEN_SECRETS: namespace }] = await Promise.all([import('../cluster/with-client.ts'), import('../tokens/bootstrap-token.ts')]);
    return withClient(given, { env, clock, rng }, async (client) => {
      for (const id of ids) {
        await client.delete(coreV1Resources.secrets, { namespace, name: `bootstrap-token-${id}` }, { signal }).catch((error: unknown) => { throw isNotFound(error) ? new UserError(`there is no token ${id}`) : error; });
        stdout.write(`✓ ${id} deleted\n`);
      }
      return 0;
    });
  },
};
