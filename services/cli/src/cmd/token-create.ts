import { coreV1Resources } from '@kubernode/api';
import { isAlreadyExists } from '@kubernode/apimachinery';
import { optionTable, parseOptions, UsageError, UserError, type Command, type CommandContext } from '@kubernode/component-base';
import { accessOptions } from './access-options.ts';

const options = optionTable({
  ...accessOptions,
  ttl: { kind: 'duration', default: 24 * 3_600_000, placeholder: 'DURATION', help: 'life of the token; 0 for one that never expires' },
  usages: { kind: 'list', default: ['signing', 'authentication'], placeholder: 'USAGE,…', help: 'what it is good for' },
  groups: { kind: 'list', default: ['system:bootstrappers:kubeadm:default-node-token'], placeholder: 'GROUP,…', help: 'groups of who shows it; they begin with system:bootstrappers:' },
  description: { kind: 'string', default: '', placeholder: 'TEXT', help: 'for whom it is' },
  'print-join-command': { kind: 'boolean', default: false, help: 'print the command by which a machine joins as a node' },
});

/** Makes a token, and what machines need to join by it. Prints the token, which is shown nowhere else. */
export const tokenCreateCommand: Command = {
  name: 'create', usage: '[TOKEN]', summary: 'make a token by which nodes join, and print it', options,
  async run({ args, env, stdout, clock, rng, signal }: CommandContext) {
    const { options: given, positionals: [token, ...more] } = parseOptions(options, args);
    if (more.length > 0) throw new UsageError(`unexpected argument: ${more[0]}`);
    const [{ withClient }, { newToken, secretOf }, join] = await Promise.all([import('../cluster/with-client.ts'), import('../tokens/bootstrap-token.ts'), import('../tokens/join-information.ts')]);
    const made = newToken({ given: token, usages: given.usages, groups: given.groups, description: given.description, ttlMs: given.ttl, now: clock.now(), rng });
    return withClient(given, { env, clock, rng }, async (client) => {
      const information = await join.readJoinInformation(client, signal);
      await join.ensureJoinObjects(client, information);
      await client.create(coreV1Resources.secrets, secretOf(made), { signal }).catch((error: unknown) => { throw isAlreadyExists(error) ? new UserError(`there is a token ${made.id} already`) : error; });
      const text = `${made.id}.${made.secret}`;
      stdout.write(given['print-join-command'] ? `kubernode join ${join.joinArguments(information, text).join(' ')}\n` : `${text}\n`);
      return 0;
    });
  },
};
