import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { accessOptions } from './access-options.ts';
import { valueOptions } from './chart-options.ts';
import { releaseOptions, valuePolicyOptions } from './chart-release-options.ts';

const options = optionTable({
  ...accessOptions, ...valueOptions, ...valuePolicyOptions,
  'render-subchart-notes': releaseOptions['render-subchart-notes'], 'skip-schema-validation': releaseOptions['skip-schema-validation'],
  revision: { kind: 'list', default: [], placeholder: 'N[,M]', help: 'compare these revisions instead; M is the last one without' },
  'show-secrets': { kind: 'boolean', default: false, help: 'show the values of Secrets' },
  'no-hooks': { kind: 'boolean', default: false, help: 'leave hooks out' },
  color: { kind: 'boolean', help: 'colours; where standard output is a terminal without' },
  output: { kind: 'string', default: 'diff', placeholder: 'FORMAT', help: 'diff, or json: an entry for each object that differs' },
  o: { kind: 'string', placeholder: 'FORMAT', help: 'short for --output' },
});

/** Exit status 0 when nothing differs, 2 when something does, 1 when it cannot be said. */
const DIFFERS = 2;

/** What an upgrade would change of what is deployed. */
export const chartDiffCommand: Command = {
  name: 'diff', usage: 'RELEASE CHART | RELEASE --revision N[,M]', summary: 'show what an upgrade would change; exit status 2 when it would', options,
  async run(context: CommandContext) {
    const { options: flags, positionals: [name, reference, extra] } = parseOptions(options, context.args);
    if (name === undefined || extra !== undefined || (reference === undefined) === (flags.revision.length === 0)) throw new UsageError('name a release, and either a chart or --revision');
    const format = flags.o ?? flags.output;
    if (format !== 'diff' && format !== 'json') throw new UsageError(`invalid format "${format}" for --output: want diff or json`);
    const [{ withReleases }, { diffReleases }, { revisionsToCompare, upgradeToCompare }, { showDiff }] = await Promise.all([import('../chart/release-session.ts'), import('@kubernode/helm'), import('../chart/compared-releases.ts'), import('../chart/show-diff.ts')]);
    const { before, after } = await withReleases(context, { access: flags }, (environment) =>
      (reference === undefined ? revisionsToCompare(environment, name, flags.revision) : upgradeToCompare(environment, { name, reference, flags, context })));
    const diffs = diffReleases(before, after, { showSecrets: flags['show-secrets'], hooks: !flags['no-hooks'] });
    const color = flags.color ?? ('isTTY' in context.stdout && context.stdout.isTTY === true);
    context.stdout.write(format === 'json' ? `${JSON.stringify(diffs)}\n` : showDiff(diffs, { color }));
    return diffs.length === 0 ? 0 : DIFFERS;
  },
};
