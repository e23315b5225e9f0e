import { noSubcommand, optionTable, parseOptions, UsageError, type Command, type CommandContext, type Options } from '@kubernode/component-base';
import type { Release } from '@kubernode/helm';
import { accessOptions } from './access-options.ts';
import { outputOptions, revisionOption } from './chart-release-options.ts';

const plainTable = optionTable({ ...accessOptions, ...revisionOption });
const dataTable = optionTable({ ...plainTable, ...outputOptions });
const valuesTable = optionTable({ ...dataTable, all: { kind: 'boolean', default: false, help: "with the chart's own values" }, a: { kind: 'boolean', default: false, help: 'short for --all' } });

const loadViews = (): Promise<typeof import('../chart/release-views.ts')> => import('../chart/release-views.ts');
const formatOf = ({ o, output }: { o: string | undefined; output: string }): string => o ?? output;

/** What is stored of a release, a part each. */
export const chartGetCommand: Command = {
  name: 'get', usage: 'PART RELEASE', summary: 'print a part of what is stored of a release', options: {},
  subcommands: [
    part('values', 'the values that were given', valuesTable, async (release, flags) => (await loadViews()).valuesView(release, { all: flags.all || flags.a, format: formatOf(flags) })),
    part('manifest', 'what was installed', plainTable, async (release) => (await loadViews()).manifestView(release)),
    part('hooks', 'its hooks', plainTable, async (release) => (await loadViews()).hooksView(release)),
    part('notes', 'its notes', plainTable, async (release) => (await loadViews()).notesView(release)),
    part('metadata', 'names, versions, status', dataTable, async (release, flags) => (await loadViews()).metadataView(release, formatOf(flags))),
    part('all', 'all of these', plainTable, async (release) => (await loadViews()).fullView(release)),
  ],
  run: (context) => Promise.reject(noSubcommand(chartGetCommand, context.args)),
};

function part<const T extends typeof plainTable>(name: string, summary: string, options: T, view: (release: Release, flags: Options<T>) => Promise<string>): Command {
  return {
    name, usage: 'RELEASE', summary, options,
    async run(context: CommandContext) {
      const { options: flags, positionals: [release, extra] } = parseOptions(options, context.args);
      if (release === undefined || extra !== undefined) throw new UsageError('name one release');
      const { withReleases } = await import('../chart/release-session.ts');
      const access = flags as Options<typeof plainTable>; // T has all of it
      const found = await withReleases(context, { access }, ({ store, signal }) => (access.revision > 0 ? store.get(release, access.revision, { signal }) : store.last(release, { signal })));
      context.stdout.write(await view(found, flags));
      return 0;
    },
  };
}
