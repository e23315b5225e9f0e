import { decodeYaml, isJsonObject } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { readFlagFile, UserError } from '@kubernode/component-base';

/** As Kubernetes configures tracing. */
export interface TracingConfiguration {
  /** `HOST:PORT` of the collector's OTLP over gRPC, without TLS; a URL for OTLP over HTTP. */
  readonly endpoint: string;
  /** Of a million traces that begin here; with 0 only what a caller samples is traced. */
  readonly samplingRatePerMillion: number;
}

const MILLION = 1_000_000;
/** OTLP over gRPC on the same machine. */
const ENDPOINT_DEFAULT = 'localhost:4317';
const VERSIONS: ReadonlySet<unknown> = new Set(['apiserver.config.k8s.io/v1', 'apiserver.config.k8s.io/v1beta1', 'apiserver.config.k8s.io/v1alpha1']);

/** The file of --tracing-config-file. @throws UserError that names all that is wrong */
export function parseTracingConfiguration(file: string): TracingConfiguration {
  const fail = (why: string): never => { throw new UserError(`--tracing-config-file: ${file}: ${why}`); };
  const { value, duplicates } = documentOf(readFlagFile('tracing-config-file', file), fail);
  if (!isJsonObject(value)) return fail('is no TracingConfiguration');
  const { kind, apiVersion, ...fields } = value;
  if (kind !== 'TracingConfiguration' || !VERSIONS.has(apiVersion)) return fail(`kind and apiVersion have to be TracingConfiguration and ${[...VERSIONS].join(' or ')}`);
  return tracingConfigurationOf(fields, (faults) => fail([...duplicates, ...faults].join('; ')), duplicates);
}

function documentOf(text: string, fail: (why: string) => never): ReturnType<typeof decodeYaml> {
  try { return decodeYaml(text); } catch (error) { return fail(errorMessage(error)); }
}

/** The fields themselves, as other configurations hold them under `tracing`. `fail` is told everything that is wrong. */
export function tracingConfigurationOf(fields: Readonly<Record<string, unknown>>, fail: (faults: readonly string[]) => never, earlier: readonly string[] = []): TracingConfiguration {
  const { endpoint = ENDPOINT_DEFAULT, samplingRatePerMillion: rate = 0, ...unknown } = fields;
  const faults = [
    ...earlier, ...Object.keys(unknown).map((field) => `unknown field ${JSON.stringify(field)}`),
    ...(typeof endpoint !== 'string' || !isEndpoint(endpoint) ? [`endpoint: Invalid value: ${JSON.stringify(endpoint)}: want HOST:PORT, dns:, unix: or a URL with http: or https:`] : []),
    ...(typeof rate !== 'number' || !Number.isInteger(rate) || rate < 0 ? [`samplingRatePerMillion: Invalid value: ${JSON.stringify(rate)}: sampling rate must be positive`] : []),
    ...(typeof rate === 'number' && rate > MILLION ? [`samplingRatePerMillion: Invalid value: ${rate}: sampling rate per million must be less than or equal to one million`] : []),
  ];
  if (faults.length > 0) return fail(faults);
  return { endpoint: endpoint as string, samplingRatePerMillion: rate as number }; // both were checked
}

function isEndpoint(text: string): boolean {
  if (/^https?:/.test(text)) return URL.canParse(text);
  if (text.startsWith('unix:')) return /^unix:(\/\/)?\/./.test(text);
  return /^(dns:\/{0,3})?([^\s/:[\]]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.test(text);
}
