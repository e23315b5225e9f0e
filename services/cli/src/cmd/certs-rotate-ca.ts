import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { AUTHORITIES } from '../certificates/certificate-plan.ts';
import { dirOption } from './cluster-options.ts';
import { createProgress } from './progress.ts';

const options = optionTable({
  ...dirOption,
  authority: { kind: 'string', default: 'ca', placeholder: 'NAME', help: 'ca, front-proxy-ca or etcd-ca' },
  all: { kind: 'boolean', default: false, help: 'take all three steps, each once the one before is seen everywhere' },
  wait: { kind: 'duration', default: 120_000, placeholder: 'DURATION', help: 'how long a step may take to be everywhere' },
});
const NEXT = {
  trust: "both authorities are believed everywhere; run the command again to have the new one issue all certificates, after nodes and users elsewhere have got pki/ca.crt",
  issue: 'the new authority issues; run the command again to drop the old one, after users and nodes elsewhere have new certificates',
  drop: 'the old authority is gone',
} as const;

/** Exchanges an authority in three steps: believe both, issue by the new one, drop the old one. */
export const certsRotateCaCommand: Command = {
  name: 'rotate-ca', summary: 'exchange an authority while the cluster runs, step by step: believe both, issue by the new one, drop the old one', options,
  async run(context: CommandContext) {
    const { options: { dir, authority: name, all, wait }, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const authority = AUTHORITIES.find((one) => one === name);
    if (authority === undefined) throw new UsageError(`invalid value "${name}" for --authority: want ${AUTHORITIES.join(' or ')}`);
    const [{ openCertificates }, { rotateAuthority }] = await Promise.all([import('../cluster/open-certificates.ts'), import('../cluster/rotate-authority.ts')]);
    const progress = createProgress({ out: context.stdout, clock: context.clock });
    for (;;) {
      const step = await rotateAuthority({ cluster: openCertificates(dir), authority, context, progress, waitMs: wait });
      if (!all || step === 'drop') { context.stdout.write(`${step === 'drop' ? 'Done' : 'So far'}: ${NEXT[step]}.\n`); return 0; }
    }
  },
};
