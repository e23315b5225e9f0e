import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { accessOptions } from './access-options.ts';
import { valueOptions } from './chart-options.ts';
import { actionOptions, outputOptions, releaseOptions, updateOptions, valuePolicyOptions } from './chart-release-options.ts';

const options = optionTable({
  ...accessOptions, ...valueOptions, ...valuePolicyOptions, ...actionOptions, ...updateOptions, ...releaseOptions, ...outputOptions,
  install: { kind: 'boolean', default: false, help: 'install the chart where there is no release of this name' },
  i: { kind: 'boolean', default: false, help: 'short for --install' },
  'cleanup-on-fail': { kind: 'boolean', default: false, help: 'delete what it created when it fails' },
});

/** Brings a release to another chart or other values. */
export const chartUpgradeCommand: Command = {
  name: 'upgrade', usage: 'RELEASE CHART', summary: 'bring a release to another chart or other values', options,
  cleanStopMsMax: () => CLEAN_STOP_MS_MAX,
  async run(context: CommandContext) {
    const { options: flags, positionals: [name, reference, extra] } = parseOptions(options, context.args);
    if (name === undefined || reference === undefined || extra !== undefined) throw new UsageError('name a release and a chart');
    const [{ withReleases }, { installRelease, upgradeRelease }, { actionFlags, releaseFlags, updateFlags, valuePolicy }, { readChartInputs }, { showResult }] = await Promise.all([
      import('../chart/release-session.ts'), import('@kubernode/helm'), import('../chart/release-flags.ts'), import('../chart/chart-inputs.ts'), import('../chart/show-result.ts'),
    ]);
    const request = { ...await readChartInputs(reference, flags, context), name, ...actionFlags(flags), ...updateFlags(flags), ...releaseFlags(flags) };
    const say = (text: string): void => { if ((flags.o ?? flags.output) === 'table') context.stdout.write(text); };
    const result = await withReleases(context, { access: flags, failure: 'UPGRADE FAILED' }, async (environment) => {
      const [last] = flags.install || flags.i ? await environment.store.history(name, environment) : [];
      if ((flags.install || flags.i) && (last === undefined || last.info.status === 'uninstalled')) {
        say(`Release "${name}" does not exist. Installing it now.\n`);
        return installRelease(environment, { ...request, createNamespace: flags['create-namespace'], skipCrds: flags['skip-crds'], replace: last !== undefined });
      }
      const upgraded = await upgradeRelease(environment, { ...request, valuePolicy: valuePolicy(flags), cleanupOnFail: flags['cleanup-on-fail'] });
      say(`Release "${name}" has been upgraded. Happy Helming!\n`);
      return upgraded;
    });
    context.stdout.write(showResult(result, flags));
    return 0;
  },
};

/** Ended early it still stores that it failed, or with --atomic undoes what it did. */
const CLEAN_STOP_MS_MAX = 120_000;
