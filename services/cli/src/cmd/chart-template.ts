import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { capabilityOptions, valueOptions } from './chart-options.ts';

const options = optionTable({
  ...valueOptions, ...capabilityOptions,
  'show-only': { kind: 'list', default: [], whole: true, placeholder: 'FILE', help: 'only what these templates give: templates/web.yaml' },
  s: { kind: 'list', default: [], whole: true, placeholder: 'FILE', help: 'short for --show-only' },
  'output-dir': { kind: 'string', placeholder: 'DIR', help: 'write files there instead of printing' },
  'include-crds': { kind: 'boolean', default: false, help: 'with crds/' },
  'skip-tests': { kind: 'boolean', default: false, help: 'without hooks that are tests' },
  'no-hooks': { kind: 'boolean', default: false, help: 'without hooks' },
  'is-upgrade': { kind: 'boolean', default: false, help: 'as an upgrade, not an installation' },
});

/** Prints what a chart renders to; no cluster is asked. */
export const chartTemplateCommand: Command = {
  name: 'template', usage: '[NAME] CHART', summary: 'print what a chart renders to', options,
  async run(context: CommandContext) {
    const { options: flags, positionals } = parseOptions(options, context.args);
    const [name, reference] = positionals.length === 1 ? ['release-name', ...positionals] : positionals;
    if (name === undefined || reference === undefined || positionals.length > 2) throw new UsageError('name a release and a chart, or a chart alone');
    const [{ readChartInputs }, { renderLocally, writeDocuments }] = await Promise.all([import('../chart/chart-inputs.ts'), import('../chart/render-locally.ts')]);
    const inputs = await readChartInputs(reference, flags, context);
    const { documents, text } = await renderLocally({ ...inputs, name, flags }, context);
    if (flags['output-dir'] === undefined) context.stdout.write(text);
    else for (const file of writeDocuments(flags['output-dir'], documents)) context.stdout.write(`wrote ${file}\n`);
    return 0;
  },
};
