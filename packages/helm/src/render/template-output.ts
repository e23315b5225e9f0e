import { shellPattern } from '../chart/file-pattern.ts';
import { ChartError } from '../chart/chart-error.ts';
import { joinManifests } from '../release/manifest-objects.ts';
import type { RenderedChart } from './rendered-chart.ts';
import { splitDocuments } from './sort-manifests.ts';

export interface TemplateOutputOptions {
  includeCrds?: boolean;
  noHooks?: boolean;
  skipTests?: boolean;
}

/** A rendered file with what stands above it. */
export interface OutputDocument { source: string; content: string }

/** What `helm template` prints, document by document. */
export function outputDocuments({ crds, manifests, hooks }: RenderedChart, { includeCrds = false, noHooks = false, skipTests = false }: TemplateOutputOptions): OutputDocument[] {
  const shownHooks = noHooks ? [] : hooks.filter(({ events }) => !(skipTests && events.includes('test')));
  return [...(includeCrds ? crds : []), ...manifests, ...shownHooks].map(({ source, content }) => ({ source, content }));
}

/** The documents as one text, as `helm template` has it. */
export function outputText(rendered: RenderedChart, options: TemplateOutputOptions): string {
  const own = joinManifests(outputDocuments({ ...rendered, hooks: [] }, options)).trim();
  const hooks = joinManifests(outputDocuments({ ...rendered, crds: [], manifests: [] }, options));
  return `${own}\n${hooks}`;
}

/** Only the documents of the templates that patterns name, in the order of the patterns. Throws ChartError for one that names none. */
export function selectDocuments(output: string, patterns: readonly string[]): string {
  const documents = splitDocuments(output);
  return patterns.map((pattern) => {
    const expression = shellPattern(pattern);
    const found = documents.filter((document) => { const path = /# Source: [^/]+\/(.+)/.exec(document)?.[1]; return path !== undefined && expression?.test(path) === true; });
    if (found.length === 0) throw new ChartError(`could not find template ${pattern} in chart`);
    return found.map((document) => `---\n${document}\n`).join('');
  }).join('');
}
