import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { dirOption } from './cluster-options.ts';

const options = optionTable({ ...dirOption });

/** Makes leaf certificates anew, the named ones or all; running processes take them up within seconds. */
export const certsRenewCommand: Command = {
  name: 'renew', usage: '[NAME…]', summary: 'make leaf certificates anew, all of them or those that are named; the supervisor does so by itself in time', options,
  async run(context: CommandContext) {
    const { options: { dir }, positionals: names } = parseOptions(options, context.args);
    const [{ openCertificates }, { prepareCertificates, refreshUserKubeconfig, writeKubeconfigs }] = await Promise.all([import('../cluster/open-certificates.ts'), import('../cluster/prepare-state.ts')]);
    const { config, layout, nodeNames, plan } = openCertificates(dir);
    const unknown = names.filter((name) => !plan.some((one) => one.name === name));
    if (unknown.length > 0) throw new UsageError(`there is no certificate ${unknown.join(', ')}; there are: ${plan.map(({ name }) => name).join(', ')}`);
    const made = await prepareCertificates({ layout, config, nodeNames, clock: context.clock, rng: context.rng }, ({ name }) => names.length === 0 || names.includes(name));
    writeKubeconfigs({ layout, config, nodeNames });
    const unmerged = refreshUserKubeconfig(layout, config, context.env);
    for (const { planned: { name }, reason } of made) context.stdout.write(`✓ ${name} (${reason})\n`);
    if (unmerged !== undefined) context.stdout.write(`! your kubeconfig keeps an old certificate: ${unmerged}\n`);
    return 0;
  },
};
