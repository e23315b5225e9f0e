import { UserError, type CommandContext } from '@kubernode/component-base';
import { lintChart, type Chart, type Finding, type Severity, type Values } from '@kubernode/helm';
import { readChartInputs, type ValueFlags } from './chart-inputs.ts';
import { capabilitiesOf, type CapabilityFlags } from './render-locally.ts';

interface LintFlags extends ValueFlags, CapabilityFlags { strict: boolean; quiet: boolean; 'with-subcharts': boolean }

/** What helm's linter prints of charts, and how many of them failed. */
export async function lintCharts(references: readonly string[], flags: LintFlags, context: CommandContext): Promise<{ text: string; failed: number }> {
  const worst: readonly Severity[] = flags.strict ? ['WARNING', 'ERROR'] : ['ERROR'];
  const parts: string[] = [];
  let [failed, linted] = [0, 0];
  for (const reference of references) {
    for (const { name, findings } of await findingsOf(reference, flags, context)) {
      const isFailed = findings.some(({ severity }) => worst.includes(severity));
      linted++;
      if (isFailed) failed++;
      const shown = findings.filter(({ severity }) => !flags.quiet || severity !== 'INFO');
      if (flags.quiet && shown.length === 0) continue;
      parts.push(`==> Linting ${name}\n${shown.map(({ severity, path, message }) => `[${severity}] ${path}: ${message}\n`).join('')}\n`);
    }
  }
  return { text: `${parts.join('')}${flags.quiet && failed === 0 ? '' : `${linted} chart(s) linted, ${failed} chart(s) failed\n`}`, failed };
}

async function findingsOf(reference: string, flags: LintFlags, context: CommandContext): Promise<{ name: string; findings: readonly Finding[] }[]> {
  let inputs: { chart: Chart; values: Values };
  try { inputs = await readChartInputs(reference, flags, context, { library: true }); } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ name: reference, findings: [{ severity: 'ERROR', path: '', message: error.message }] }];
  }
  const options = { namespace: flags.n ?? flags.namespace, capabilities: capabilitiesOf(flags), skipSchema: flags['skip-schema-validation'], now: context.clock.now(), rng: context.rng };
  const results = [{ name: reference, findings: await lintChart(inputs.chart, { ...options, values: inputs.values }) }];
  if (!flags['with-subcharts']) return results;
  for (const dependency of inputs.chart.dependencies) results.push({ name: `${reference}/charts/${dependency.metadata.name}`, findings: await lintChart(dependency, { ...options, values: new Map() }) });
  return results;
}
