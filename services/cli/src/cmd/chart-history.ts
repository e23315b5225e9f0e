import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { accessOptions } from './access-options.ts';
import { outputOptions } from './chart-release-options.ts';

const options = optionTable({ ...accessOptions, ...outputOptions, max: { kind: 'int', default: 256, help: 'at most this many, the newest ones' } });

/** The revisions of a release that are kept. */
export const chartHistoryCommand: Command = {
  name: 'history', usage: 'RELEASE', summary: 'list the revisions of a release', options,
  async run(context: CommandContext) {
    const { options: flags, positionals: [name, extra] } = parseOptions(options, context.args);
    if (name === undefined || extra !== undefined) throw new UsageError('name one release');
    const [{ withReleases }, { ReleaseError }, { showHistory }, { formatOutput }] = await Promise.all([import('../chart/release-session.ts'), import('@kubernode/helm'), import('../chart/show-releases.ts'), import('../chart/output-format.ts')]);
    const history = await withReleases(context, { access: flags }, async ({ store, signal }) => {
      const found = await store.history(name, { signal });
      if (found.length === 0) throw new ReleaseError('release: not found');
      return found;
    });
    context.stdout.write(formatOutput(flags.o ?? flags.output, showHistory(history.slice(0, flags.max))));
    return 0;
  },
};
