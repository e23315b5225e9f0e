import { optionTable, UsageError, type OptionSpec } from '@kubernode/component-base';

type Flag = OptionSpec<'string'> & { kind: 'string' };

export const outputOption: { output: Flag; o: Flag } = optionTable({
  output: { kind: 'string', help: "'json' for programs", placeholder: 'json' },
  o: { kind: 'string', help: 'short for --output', placeholder: 'json' },
});

/** True for JSON. */
export function readOutput({ output, o }: { readonly output: string | undefined; readonly o: string | undefined }): boolean {
  const form = output ?? o;
  if (form !== undefined && form !== 'json') throw new UsageError(`invalid value "${form}" for --output: want json`);
  return form === 'json';
}
