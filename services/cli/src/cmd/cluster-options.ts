import { optionTable, type OptionSpec } from '@kubernode/component-base';

/** The flag by which every operator's command finds its cluster. */
export const dirOption: { dir: OptionSpec<'string'> & { default: string } } = optionTable({
  dir: { kind: 'string', default: '/var/lib/kubernode', placeholder: 'DIR', help: "the cluster's state folder" },
});
