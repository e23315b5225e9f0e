import { parseOptions, UsageError, optionTable, type Command, type CommandContext } from '@kubernode/component-base';
import { checkControlPlane, checkNode, checkStateFolder, viewHost } from '../doctor/checks.ts';
import type { Finding } from '../doctor/finding.ts';
import { dirOption } from './cluster-options.ts';

const options = optionTable({
  ...dirOption,
  nodes: { kind: 'int', default: 1, help: 'check for a host with this many nodes; 0 for a control plane alone' },
});

/** Looks at the host and says all that is missing at once. Exit status 1 when something will not work. */
export const doctorCommand: Command = {
  name: 'doctor', summary: 'check this host and say what is missing and how to get it', options,
  async run(context: CommandContext) {
    const { options: { dir, nodes }, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const host = viewHost({ env: context.env, now: context.clock.now() });
    const findings = [...checkControlPlane(host, { ownEtcd: true }), ...(nodes > 0 ? checkNode(host) : []), ...checkStateFolder(dir)];
    for (const finding of findings) context.stdout.write(`${describeFinding(finding)}\n`);
    const faults = findings.filter((one) => one.verdict === 'fault').length;
    context.stdout.write(faults === 0 ? '\nThis host is ready.\n' : `\n${faults} ${faults === 1 ? 'thing has' : 'things have'} to be mended first.\n`);
    return faults === 0 ? 0 : 1;
  },
};

const MARKS = { ok: '✓', advice: '!', fault: '✗' } as const;

export function describeFinding({ verdict, check, found, fix }: Finding): string {
  return `${MARKS[verdict]} ${check}: ${found}${fix === undefined ? '' : `\n    → ${fix}`}`;
}
