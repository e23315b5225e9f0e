import { compareBytes, deepCopy, mapOf, type GoMap, type Value } from '../values/value.ts';
import { Int } from '../values/value.ts';
import { ChartError } from '../chart/chart-error.ts';
import type { ProcessedChart } from '../chart/process-dependencies.ts';
import { functionTable } from '../functions/function-table.ts';
import type { Budget } from '../template/evaluate.ts';
import { TemplateError } from '../template/template-error.ts';
import { TemplateSet } from '../template/template-set.ts';
import type { Values } from '../values/values.ts';
import { capabilitiesObject, chartObject, FilesObject } from './chart-objects.ts';
import { helmFunctions, templateFunctions, wordsOfAuthor, type HelmFunctionOptions } from './helm-functions.ts';
import { defaultCapabilities } from './kubernetes-version.ts';
import type { RenderOptions } from './rendered-chart.ts';

/** What one rendering may do in all: far more than any chart needs. */
const STEPS_MAX = 20_000_000;
const CHARACTERS_MAX = 256 * 1024 * 1024;

/** What each template file gives, by its path. Throws ChartError, or PendingLookup for what has to be asked first. */
export function renderTemplates(chart: ProcessedChart, values: Values, options: RenderOptions, lookUp: HelmFunctionOptions['lookUp']): Map<string, string> {
  const budget: Budget = { steps: STEPS_MAX, characters: CHARACTERS_MAX, depth: 0 };
  const table = { ...functionTable(options), ...helmFunctions({ budget, lint: options.lint ?? false, warn: options.warn ?? (() => undefined), lookUp }) };
  const set = new TemplateSet({ budget, functions: (self) => ({ ...table, ...templateFunctions(self, { budget }) }) });
  const files = filesOf(chart, values, options);
  const order = [...files.keys()].sort(deepestFirst);
  for (const name of order) {
    try { set.parse(name, files.get(name)?.text ?? ''); } catch (error) { throw error instanceof TemplateError ? parseFault(name, error) : error; }
  }
  const rendered = new Map<string, string>();
  for (const name of order) {
    const file = files.get(name);
    if (file === undefined || baseName(name).startsWith('_')) continue;
    file.scope.set('Template', mapOf('chartutil.Values', new Map([['Name', name], ['BasePath', file.basePath]])));
    try { rendered.set(name, set.execute(name, file.scope).replaceAll('<no value>', '')); } catch (error) { throw error instanceof TemplateError ? executionFault(name, error) : error; }
  }
  return rendered;
}

interface TemplateFile { text: string; basePath: string; scope: GoMap }

/** All template files with what is `.` in them: each chart's own part of the values. */
function filesOf(root: ProcessedChart, values: Values, options: RenderOptions): Map<string, TemplateFile> {
  const files = new Map<string, TemplateFile>();
  const { name, namespace, revision, isUpgrade } = options.release;
  const shared: GoMap = new Map<string, Value>([
    ['Release', new Map<string, Value>([['Name', name], ['Namespace', namespace], ['IsUpgrade', isUpgrade], ['IsInstall', !isUpgrade], ['Revision', new Int(revision)], ['Service', 'Helm']])],
    ['Capabilities', capabilitiesObject(options.capabilities ?? defaultCapabilities())],
  ]);
  const visit = (chart: ProcessedChart, own: GoMap, path: string): GoMap => {
    const subcharts: GoMap = new Map();
    const scope: GoMap = mapOf('chartutil.Values', new Map([...shared, ['Chart', chartObject(chart.metadata, chart === root)], ['Files', new FilesObject(chart.files)], ['Values', mapOf('chartutil.Values', own)], ['Subcharts', subcharts]]));
    for (const dependency of chart.dependencies) {
      const inner = own.get(dependency.metadata.name);
      subcharts.set(dependency.metadata.name, visit(dependency, inner instanceof Map ? inner : new Map(), `${path}/charts/${dependency.metadata.name}`));
    }
    const isLibrary = chart.metadata.type?.toLowerCase() === 'library';
    for (const file of chart.templates) {
      if (!isLibrary || baseName(file.name).startsWith('_')) files.set(`${path}/${file.name}`, { text: file.data.toString('utf8'), basePath: `${path}/templates`, scope });
    }
    return scope;
  };
  visit(root, deepCopy(new Map(values)), root.metadata.name);
  return files;
}

function baseName(path: string): string { return path.slice(path.lastIndexOf('/') + 1); }

/** Deeper files come first, so that what a parent defines wins. */
function deepestFirst(a: string, b: string): number {
  return b.split('/').length - a.split('/').length || compareBytes(b, a);
}

function parseFault(name: string, { message }: TemplateError): ChartError {
  const parts = message.split(': ');
  return new ChartError(parts.length === 1 ? `parse error in (${name}): ${message}` : `parse error at (${parts[1] ?? ''}): ${parts.at(-1) ?? ''}`);
}

/** What a chart's author says stands alone; other errors keep their chain. */
function executionFault(name: string, error: TemplateError): ChartError {
  if (!error.isExecution) return new ChartError(error.message);
  const [, location, rest] = /^.*?: (.*?): ([\s\S]*)$/.exec(error.message) ?? [];
  if (location === undefined || rest === undefined) return new ChartError(`execution error in (${name}): ${error.message}`);
  const words = wordsOfAuthor(rest);
  return new ChartError(words === undefined ? error.message : `execution error at (${location}): ${words}`);
}
