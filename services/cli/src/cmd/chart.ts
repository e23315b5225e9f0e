import { noSubcommand, type Command } from '@kubernode/component-base';
import { chartLintCommand } from './chart-lint.ts';
import { chartTemplateCommand } from './chart-template.ts';

/** Helm's charts, a file a verb (`chart-VERB.ts`). */
export const chartCommand: Command = {
  name: 'chart', usage: 'VERB', summary: 'render and release Helm charts', options: {}, subcommands: [chartTemplateCommand, chartLintCommand],
  run: (context) => Promise.reject(noSubcommand(chartCommand, context.args)),
};
