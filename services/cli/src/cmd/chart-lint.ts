import { UserError, type Command } from '@kubernode/component-base';
import { valueOptions } from './chart-options.ts';

export const chartLintCommand: Command = {
  name: 'lint', usage: 'CHART…', summary: 'say what is wrong with charts', options: valueOptions,
  run: () => Promise.reject(new UserError('not there yet')),
};
