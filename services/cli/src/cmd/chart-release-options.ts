import { optionTable, type OptionSpec } from '@kubernode/component-base';

type Flag<K extends 'string' | 'boolean' | 'int' | 'duration' | 'map'> = OptionSpec<K> & { kind: K; default: NonNullable<OptionSpec<K>['default']> };

/** How a command prints, as helm has it. */
export const outputOptions: { output: Flag<'string'>; o: OptionSpec<'string'> & { kind: 'string' } } = optionTable({
  output: { kind: 'string', default: 'table', placeholder: 'FORMAT', help: 'table, json or yaml' },
  o: { kind: 'string', placeholder: 'FORMAT', help: 'short for --output' },
});

export const revisionOption: { revision: Flag<'int'> } = optionTable({
  revision: { kind: 'int', default: 0, placeholder: 'N', help: 'of this revision; of the last without' },
});

type ActionFlags = { readonly [F in 'wait' | 'wait-for-jobs' | 'no-hooks']: Flag<'boolean'> } & { readonly timeout: Flag<'duration'> };

/** How long an action waits, and for what. */
export const actionOptions: ActionFlags = optionTable({
  wait: { kind: 'boolean', default: false, help: 'wait until pods, claims, services and workloads are ready' },
  'wait-for-jobs': { kind: 'boolean', default: false, help: 'with --wait: until Jobs are complete, too' },
  timeout: { kind: 'duration', default: 300_000, help: 'for each single wait' },
  'no-hooks': { kind: 'boolean', default: false, help: 'run no hooks' },
});

type UpdateFlags = { readonly [F in 'force' | 'server-side' | 'force-conflicts']: Flag<'boolean'> } & { readonly 'history-max': Flag<'int'> };

/** How objects that are there are changed. */
export const updateOptions: UpdateFlags = optionTable({
  force: { kind: 'boolean', default: false, help: 'replace objects instead of patching them' },
  'server-side': { kind: 'boolean', default: false, help: 'server-side apply instead of three-way merges' },
  'force-conflicts': { kind: 'boolean', default: false, help: 'with --server-side: take fields that others own' },
  'history-max': { kind: 'int', default: 10, help: 'revisions to keep of a release; 0 for all' },
});

type ReleaseFlags = {
  readonly [F in 'atomic' | 'create-namespace' | 'skip-crds' | 'take-ownership' | 'render-subchart-notes' | 'hide-notes' | 'hide-secret' | 'skip-schema-validation']: Flag<'boolean'>;
} & { readonly 'dry-run': Flag<'string'>; readonly description: OptionSpec<'string'> & { kind: 'string' }; readonly labels: Flag<'map'>; readonly l: Flag<'map'> };

/** What install, upgrade and diff have in common. */
export const releaseOptions: ReleaseFlags = optionTable({
  'dry-run': { kind: 'string', default: 'none', bare: 'client', placeholder: 'client|server', help: 'show what would be and change nothing; server: let templates look up objects and the API server judge each one' },
  atomic: { kind: 'boolean', default: false, help: 'undo everything when it fails; implies --wait' },
  'create-namespace': { kind: 'boolean', default: false, help: 'create the namespace if there is none (upgrade: with --install)' },
  'skip-crds': { kind: 'boolean', default: false, help: 'do not install crds/' },
  'take-ownership': { kind: 'boolean', default: false, help: 'take objects over that are there already, whoever owns them' },
  description: { kind: 'string', placeholder: 'TEXT', help: 'instead of "Install complete"' },
  labels: { kind: 'map', default: {}, help: 'labels of the release; null takes one away' },
  l: { kind: 'map', default: {}, help: 'short for --labels' },
  'render-subchart-notes': { kind: 'boolean', default: false, help: 'with the notes of dependencies' },
  'hide-notes': { kind: 'boolean', default: false, help: 'do not print the notes' },
  'hide-secret': { kind: 'boolean', default: false, help: 'leave Secrets out of what a dry run prints' },
  'skip-schema-validation': { kind: 'boolean', default: false, help: "do not check values against the chart's schema" },
});

type ValuePolicyFlags = { readonly [F in 'reuse-values' | 'reset-values' | 'reset-then-reuse-values']: Flag<'boolean'> };

/** What becomes of the values of the revision before. */
export const valuePolicyOptions: ValuePolicyFlags = optionTable({
  'reuse-values': { kind: 'boolean', default: false, help: "keep the last revision's values, and its chart's defaults, below those given" },
  'reset-values': { kind: 'boolean', default: false, help: "begin with the chart's own values; wins over the others" },
  'reset-then-reuse-values': { kind: 'boolean', default: false, help: "the new chart's defaults, the last revision's values over them, those given over both" },
});
