import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import type { CertificateReport } from '../certificates/judge-certificates.ts';
import { dirOption } from './cluster-options.ts';
import { formatTable } from './format-table.ts';
import { outputOption, wantsJson } from './output-option.ts';

const options = optionTable({ ...dirOption, ...outputOption, live: { kind: 'boolean', default: false, help: 'ask every port what it serves, and every process what it uses' } });

/** Shows every certificate and what is wrong with it; exit status 1 when something is. */
export const certsCheckCommand: Command = {
  name: 'check', summary: 'show every certificate of a cluster, who uses it, how long it lasts and what is wrong with it', options,
  async run(context: CommandContext) {
    const { options: { dir, live, o }, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const isJson = wantsJson(o);
    const { checkFiles, checkPorts, openCertificates, pendingUptake } = await import('../cluster/open-certificates.ts');
    const cluster = openCertificates(dir);
    const certificates = [...checkFiles(cluster, context), ...(live ? await checkPorts(cluster, context) : [])];
    const pending = live ? await pendingUptake(cluster) : [];
    if (isJson) context.stdout.write(`${JSON.stringify({ certificates, ...(live && { notTakenUp: pending }) }, null, 2)}\n`);
    else context.stdout.write(describe(certificates, pending, `${cluster.layout.dir}/`));
    return pending.length > 0 || certificates.some(({ problems }) => problems.length > 0) ? 1 : 0;
  },
};

function describe(certificates: readonly CertificateReport[], pending: readonly string[], prefix: string): string {
  const table = formatTable(['CERTIFICATE', 'SUBJECT', 'ISSUER', 'DAYS LEFT', 'USED BY'], certificates.map((one) => [one.where.replace(prefix, ''), one.subject, one.issuer, String(one.daysLeft), shortened(one.usedBy)]));
  const problems = [...certificates.flatMap(({ where, problems: list }) => list.map((problem) => `${where.replace(prefix, '')}: ${problem}`)), ...pending];
  return `${table}\n${problems.length === 0 ? 'Nothing is wrong.\n' : problems.map((one) => `✗ ${one}\n`).join('')}`;
}

const SHOWN_MAX = 3;

function shortened(names: readonly string[]): string {
  return names.length <= SHOWN_MAX ? names.join(', ') : `${names.slice(0, SHOWN_MAX).join(', ')} and ${names.length - SHOWN_MAX} more`;
}
