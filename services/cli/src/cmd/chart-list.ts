import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import type { ReleaseStatus } from '@kubernode/helm';
import { accessOptions } from './access-options.ts';
import { outputOptions } from './chart-release-options.ts';

const options = optionTable({
  ...accessOptions, ...outputOptions,
  'all-namespaces': { kind: 'boolean', default: false, help: 'releases of all namespaces' },
  A: { kind: 'boolean', default: false, help: 'short for --all-namespaces' },
  all: { kind: 'boolean', default: false, help: 'in whatever state' },
  a: { kind: 'boolean', default: false, help: 'short for --all' },
  deployed: { kind: 'boolean', default: false, help: 'deployed ones; with failed ones the default' },
  failed: { kind: 'boolean', default: false, help: 'failed ones' },
  pending: { kind: 'boolean', default: false, help: 'those of which an operation is under way' },
  superseded: { kind: 'boolean', default: false, help: 'revisions that are no longer deployed' },
  uninstalled: { kind: 'boolean', default: false, help: 'uninstalled ones whose history was kept' },
  uninstalling: { kind: 'boolean', default: false, help: 'those that are being uninstalled' },
  filter: { kind: 'string', default: '', placeholder: 'REGEXP', help: 'only names that match' },
  f: { kind: 'string', placeholder: 'REGEXP', help: 'short for --filter' },
  selector: { kind: 'string', default: '', placeholder: 'LABELS', help: 'only releases with these labels' },
  l: { kind: 'string', placeholder: 'LABELS', help: 'short for --selector' },
  date: { kind: 'boolean', default: false, help: 'sort by time' },
  d: { kind: 'boolean', default: false, help: 'short for --date' },
  reverse: { kind: 'boolean', default: false, help: 'the other way round' },
  r: { kind: 'boolean', default: false, help: 'short for --reverse' },
  max: { kind: 'int', default: 256, help: 'at most this many; 0 for all' },
  m: { kind: 'int', help: 'short for --max' },
  offset: { kind: 'int', default: 0, help: 'leave out the first ones' },
  short: { kind: 'boolean', default: false, help: 'names alone' },
  q: { kind: 'boolean', default: false, help: 'short for --short' },
  'no-headers': { kind: 'boolean', default: false, help: 'no header above the table' },
});

const STATES: Readonly<Record<'deployed' | 'failed' | 'pending' | 'superseded' | 'uninstalled' | 'uninstalling', readonly ReleaseStatus[]>> = {
  deployed: ['deployed'], failed: ['failed'], pending: ['pending-install', 'pending-upgrade', 'pending-rollback'], superseded: ['superseded'], uninstalled: ['uninstalled'], uninstalling: ['uninstalling'],
};

/** The newest revision of each release. */
export const chartListCommand: Command = {
  name: 'list', summary: 'list releases', options,
  async run(context: CommandContext) {
    const { options: flags, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const [{ withReleases }, { selectReleases }, { showList }, { formatOutput }] = await Promise.all([import('../chart/release-session.ts'), import('@kubernode/helm'), import('../chart/show-releases.ts'), import('../chart/output-format.ts')]);
    const named = Object.entries(STATES).filter(([flag]) => flags[flag as keyof typeof STATES]).flatMap(([, statuses]) => statuses); // keys of the table
    const statuses = flags.all || flags.a ? 'all' : named.length > 0 ? named : [...STATES.deployed, ...STATES.failed];
    const all = await withReleases(context, { access: flags, allNamespaces: flags['all-namespaces'] || flags.A }, ({ store, signal }) => store.list({ signal, labelSelector: flags.l ?? flags.selector }));
    const chosen = selectReleases(all, { statuses, filter: flags.f ?? flags.filter, byDate: flags.date || flags.d, reverse: flags.reverse || flags.r, offset: flags.offset, max: flags.m ?? flags.max });
    const names = chosen.map(({ name }) => name);
    const shown = flags.short || flags.q ? { data: names, table: () => names.map((name) => `${name}\n`).join('') } : showList(chosen, { headers: !flags['no-headers'] });
    context.stdout.write(formatOutput(flags.o ?? flags.output, shown));
    return 0;
  },
};
