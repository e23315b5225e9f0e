import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { capabilityOptions, valueOptions } from './chart-options.ts';

const options = optionTable({
  ...valueOptions, ...capabilityOptions,
  strict: { kind: 'boolean', default: false, help: 'warnings fail, too' },
  quiet: { kind: 'boolean', default: false, help: 'print warnings and errors alone' },
  'with-subcharts': { kind: 'boolean', default: false, help: 'look at the charts in charts/, too' },
});

/** Says what is wrong with charts. Exit status 1 when one of them will not work. */
export const chartLintCommand: Command = {
  name: 'lint', usage: 'CHART…', summary: 'say what is wrong with charts', options,
  async run(context: CommandContext) {
    const { options: flags, positionals } = parseOptions(options, context.args);
    if (positionals.length === 0) throw new UsageError('name the charts to look at');
    const { lintCharts } = await import('../chart/lint-charts.ts');
    const { text, failed } = await lintCharts(positionals, flags, context);
    context.stdout.write(text);
    return failed > 0 ? 1 : 0;
  },
};
