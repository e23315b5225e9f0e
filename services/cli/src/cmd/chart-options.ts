import { optionTable, type OptionSpec } from '@kubernode/component-base';

type ValueTable = { readonly [F in 'values' | 'f' | 'set' | 'set-string' | 'set-file' | 'set-json' | 'set-literal']: OptionSpec<'list'> & { kind: 'list'; default: readonly string[] } };

/** How values are given to a chart, as helm has it. */
export const valueOptions: ValueTable = optionTable({
  values: { kind: 'list', default: [], whole: true, placeholder: 'FILE', help: 'a file of values; - is standard input; later ones win' },
  f: { kind: 'list', default: [], whole: true, placeholder: 'FILE', help: 'short for --values' },
  set: { kind: 'list', default: [], whole: true, placeholder: 'PATH=VALUE', help: 'values by path: a.b=1,c[0]=x' },
  'set-string': { kind: 'list', default: [], whole: true, placeholder: 'PATH=TEXT', help: 'as --set, always text' },
  'set-file': { kind: 'list', default: [], whole: true, placeholder: 'PATH=FILE', help: 'as --set, the text of a file' },
  'set-json': { kind: 'list', default: [], whole: true, placeholder: 'PATH=JSON', help: 'as --set, JSON' },
  'set-literal': { kind: 'list', default: [], whole: true, placeholder: 'PATH=TEXT', help: 'one path and its text, no character of which is special' },
});

type Flag<K extends 'string' | 'boolean' | 'list'> = OptionSpec<K> & { kind: K };
type CapabilityTable = {
  readonly namespace: Flag<'string'> & { default: string };
  readonly n: Flag<'string'>;
  readonly 'kube-version': Flag<'string'>;
  readonly 'api-versions': Flag<'list'> & { default: readonly string[] };
  readonly a: Flag<'list'> & { default: readonly string[] };
  readonly 'skip-schema-validation': Flag<'boolean'> & { default: boolean };
};

/** What templates are told of the cluster when there is none. */
export const capabilityOptions: CapabilityTable = optionTable({
  namespace: { kind: 'string', default: 'default', placeholder: 'NAME', help: 'the namespace of the release' },
  n: { kind: 'string', placeholder: 'NAME', help: 'short for --namespace' },
  'kube-version': { kind: 'string', placeholder: 'VERSION', help: 'what .Capabilities.KubeVersion says' },
  'api-versions': { kind: 'list', default: [], placeholder: 'GROUP/VERSION', help: 'what .Capabilities.APIVersions has beside the built-in ones' },
  a: { kind: 'list', default: [], placeholder: 'GROUP/VERSION', help: 'short for --api-versions' },
  'skip-schema-validation': { kind: 'boolean', default: false, help: "do not check values against the chart's schema" },
});
