import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { accessOptions } from './access-options.ts';
import { valueOptions } from './chart-options.ts';
import { actionOptions, outputOptions, releaseOptions, updateOptions } from './chart-release-options.ts';

const options = optionTable({
  ...accessOptions, ...valueOptions, ...actionOptions, ...updateOptions, ...releaseOptions, ...outputOptions,
  'generate-name': { kind: 'boolean', default: false, help: 'make a name up from that of the chart' },
  g: { kind: 'boolean', default: false, help: 'short for --generate-name' },
  replace: { kind: 'boolean', default: false, help: 'use the name of an uninstalled release again' },
});

/** Installs a chart as a new release. */
export const chartInstallCommand: Command = {
  name: 'install', usage: 'RELEASE CHART', summary: 'install a chart', options,
  cleanStopMsMax: () => CLEAN_STOP_MS_MAX,
  async run(context: CommandContext) {
    const { options: flags, positionals } = parseOptions(options, context.args);
    const generate = flags['generate-name'] || flags.g;
    const [name, reference] = generate ? [undefined, ...positionals] : positionals;
    if (reference === undefined || positionals.length > (generate ? 1 : 2)) throw new UsageError(generate ? 'name one chart; its release gets a name by itself' : 'name a release and a chart');
    const [{ withReleases }, { installRelease }, { actionFlags, releaseFlags, updateFlags }, { readChartInputs }, { showResult }, { generatedName }] = await Promise.all([
      import('../chart/release-session.ts'), import('@kubernode/helm'), import('../chart/release-flags.ts'), import('../chart/chart-inputs.ts'), import('../chart/show-result.ts'), import('../chart/generated-name.ts'),
    ]);
    const inputs = await readChartInputs(reference, flags, context);
    const request = {
      ...inputs, name: name ?? generatedName(inputs.chart, context.clock.now()), createNamespace: flags['create-namespace'], skipCrds: flags['skip-crds'], replace: flags.replace,
      ...actionFlags(flags), ...updateFlags(flags), ...releaseFlags(flags),
    };
    const result = await withReleases(context, { access: flags, failure: 'INSTALLATION FAILED' }, (environment) => installRelease(environment, request));
    context.stdout.write(showResult(result, flags));
    return 0;
  },
};

/** Ended early it still stores that it failed, or with --atomic undoes what it did. */
const CLEAN_STOP_MS_MAX = 120_000;
