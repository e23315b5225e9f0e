import { optionTable, UsageError, type OptionSpec } from '@kubernode/component-base';

/** The flag of commands whose answer scripts read. */
export const outputOption: { o: OptionSpec<'string'> & { kind: 'string'; default: string } } = optionTable({
  o: { kind: 'string', default: 'table', placeholder: 'FORMAT', help: 'table or json' },
});

/** Whether the answer is to be JSON. */
export function wantsJson(output: string): boolean {
  if (output !== 'table' && output !== 'json') throw new UsageError(`invalid value "${output}" for -o: want table or json`);
  return output === 'json';
}
