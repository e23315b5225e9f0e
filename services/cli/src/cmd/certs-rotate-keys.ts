import { optionTable, parseOptions, UsageError, UserError, type Command, type CommandContext } from '@kubernode/component-base';
import { dirOption } from './cluster-options.ts';

/** Kubelets renew the tokens of pods before an hour is over; so long after that the old key may go. */
const TOKENS_RENEWED_MS = 2 * 3_600_000;
/** API servers look at their key files every five seconds: until then one may not accept what another signs. */
const ACCEPTED_MS = 15_000;
const options = optionTable({ ...dirOption, force: { kind: 'boolean', default: false, help: 'drop the old key although tokens that it signed may be in use; they are refused from then on' } });

/** Exchanges the key that signs tokens of service accounts: accept both, sign by the new one, drop the old one. */
export const certsRotateKeysCommand: Command = {
  name: 'rotate-keys', summary: 'exchange the key of service account tokens while the cluster runs, step by step', options,
  async run(context: CommandContext) {
    const { options: { dir, force }, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const [{ openCertificates }, keys] = await Promise.all([import('../cluster/open-certificates.ts'), import('../certificates/account-keys.ts')]);
    const { pkiDir } = openCertificates(dir);
    if (keys.keyStage(pkiDir) === 'none') keys.acceptNextKey(pkiDir);
    if (keys.keyStage(pkiDir) === 'accepted') {
      await context.clock.sleep(ACCEPTED_MS, { signal: context.signal }); // one that is only now read would refuse the first tokens
      keys.signByNextKey(pkiDir);
      context.stdout.write('✓ tokens are signed by a new key; those of the old one are still accepted\nRun the command again in two hours to drop the old key: the tokens of pods are renewed by then. Tokens that secrets keep are not; replace those secrets first.\n');
      return 0;
    }
    const leftMs = keys.signingSince(pkiDir) + TOKENS_RENEWED_MS - context.clock.now();
    if (leftMs > 0 && !force) throw new UserError(`the old key stays: tokens that it signed are in use for another ${Math.ceil(leftMs / 60_000)} min; --force drops it all the same`);
    keys.dropOldKey(pkiDir);
    context.stdout.write('✓ tokens of the old key are refused\n');
    return 0;
  },
};
