import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { accessOptions } from './access-options.ts';
import { outputOptions, revisionOption } from './chart-release-options.ts';

const options = optionTable({
  ...accessOptions, ...outputOptions, ...revisionOption,
  'show-desc': { kind: 'boolean', default: false, help: 'with its description' },
  'show-resources': { kind: 'boolean', default: false, help: 'with the objects that it consists of and whether they are ready' },
});

/** How a release is. */
export const chartStatusCommand: Command = {
  name: 'status', usage: 'RELEASE', summary: 'show how a release is', options,
  async run(context: CommandContext) {
    const { options: flags, positionals: [name, extra] } = parseOptions(options, context.args);
    if (name === undefined || extra !== undefined) throw new UsageError('name one release');
    const [{ withReleases }, { describeResources, resourceStates }, { releaseData, showStatus }, { formatOutput }] = await Promise.all([import('../chart/release-session.ts'), import('../chart/resource-states.ts'), import('../chart/show-releases.ts'), import('../chart/output-format.ts')]);
    const { release, states } = await withReleases(context, { access: flags }, async (environment) => {
      const { store, signal } = environment;
      const found = await (flags.revision > 0 ? store.get(name, flags.revision, { signal }) : store.last(name, { signal }));
      return { release: found, states: flags['show-resources'] ? await resourceStates(environment, found) : [] };
    });
    context.stdout.write(formatOutput(flags.o ?? flags.output, {
      data: { ...releaseData(release, { withChart: false }) as object, ...(flags['show-resources'] && { resources: states }) }, // an object by its function
      table: () => showStatus(release, { description: flags['show-desc'], resources: describeResources(states) }),
    }));
    return 0;
  },
};
