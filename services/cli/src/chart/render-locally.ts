import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError, type CommandContext, type Options } from '@kubernode/component-base';
import { ChartError, defaultCapabilities, outputDocuments, outputText, renderChart, selectDocuments, type Chart, type OutputDocument, type RenderCapabilities, type Values } from '@kubernode/helm';
import type { capabilityOptions } from '../cmd/chart-options.ts';

export type CapabilityFlags = Options<typeof capabilityOptions>;

interface TemplateFlags extends CapabilityFlags { 'show-only': readonly string[]; s: readonly string[]; 'include-crds': boolean; 'skip-tests': boolean; 'no-hooks': boolean; 'is-upgrade': boolean }

/** What a chart renders to without a cluster: as documents, and as helm prints it. */
export async function renderLocally({ chart, values, name, flags }: { chart: Chart; values: Values; name: string; flags: TemplateFlags }, { clock, rng, stderr }: CommandContext): Promise<{ documents: OutputDocument[]; text: string }> {
  const shown = { includeCrds: flags['include-crds'], noHooks: flags['no-hooks'], skipTests: flags['skip-tests'] };
  try {
    const rendered = await renderChart(chart, values, {
      release: { name, namespace: flags.n ?? flags.namespace, revision: 1, isUpgrade: flags['is-upgrade'] }, capabilities: capabilitiesOf(flags), skipSchema: flags['skip-schema-validation'],
      now: clock.now(), rng, warn: (message) => { stderr.write(`${message}\n`); },
    });
    const text = outputText(rendered, shown);
    const patterns = [...flags['show-only'], ...flags.s];
    return { documents: outputDocuments(rendered, shown), text: patterns.length === 0 ? text : selectDocuments(text, patterns) };
  } catch (error) { throw error instanceof ChartError ? new UserError(error.message, { cause: error }) : error; }
}

/** What the flags say of the cluster that there is none of. */
export function capabilitiesOf(flags: Pick<CapabilityFlags, 'kube-version' | 'api-versions' | 'a'>): RenderCapabilities {
  const { kubeVersion, apiVersions } = defaultCapabilities();
  const given = flags['kube-version'];
  const [, version] = given === undefined ? [] : /^v?(\d+\.\d+(?:\.\d+)?)/.exec(given) ?? [];
  if (given !== undefined && version === undefined) throw new UserError(`invalid kube version '${given}': want one like 1.36.2`);
  return { kubeVersion: version === undefined ? kubeVersion : `v${version.split('.').length === 2 ? `${version}.0` : version}`, apiVersions: [...apiVersions, ...flags['api-versions'], ...flags.a] };
}

/** Writes documents below a folder, each to the file of its template; returns the files. */
export function writeDocuments(folder: string, documents: readonly OutputDocument[]): string[] {
  const written = new Set<string>();
  for (const { source, content } of documents) {
    const file = path.join(folder, source);
    mkdirSync(path.dirname(file), { recursive: true });
    (written.has(file) ? appendFileSync : writeFileSync)(file, `---\n# Source: ${source}\n${content}\n`, { mode: 0o600 }); // Secrets are among them
    written.add(file);
  }
  return [...written];
}
