import { UserError, type Command } from '@kubernode/component-base';
import { valueOptions } from './chart-options.ts';

export const chartTemplateCommand: Command = {
  name: 'template', usage: '[NAME] CHART', summary: 'print what a chart renders to', options: valueOptions,
  run: () => Promise.reject(new UserError('not there yet')),
};
