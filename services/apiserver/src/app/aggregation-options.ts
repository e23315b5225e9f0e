import { optionTable, UsageError, type Options, type OptionSpec } from '@kubernode/component-base';

type Text = OptionSpec<'string'> & { kind: 'string' };
type Flag = OptionSpec<'boolean'> & { kind: 'boolean'; default: boolean };
type AggregationTable = Readonly<Record<'proxy-client-cert-file' | 'proxy-client-key-file', Text> & Record<'enable-aggregator-routing', Flag>>;

/** Flags of the passing on of requests to other API servers, kube-apiserver's. */
export const aggregationOptions: AggregationTable = optionTable({
  'proxy-client-cert-file': { kind: 'string', help: 'certificate with which this server names users to aggregated API servers', placeholder: 'FILE' },
  'proxy-client-key-file': { kind: 'string', help: 'key of that certificate', placeholder: 'FILE' },
  'enable-aggregator-routing': { kind: 'boolean', default: false, help: 'aggregated API servers and webhooks are reached by endpoints of their services instead of cluster IPs' },
});

export interface AggregationSettings {
  aggregation: { proxyCertFile: string | undefined; proxyKeyFile: string | undefined; routesToEndpoints: boolean };
}

export function aggregationSettings(options: Options<AggregationTable>): AggregationSettings {
  const [proxyCertFile, proxyKeyFile] = [options['proxy-client-cert-file'], options['proxy-client-key-file']];
  if ((proxyCertFile === undefined) !== (proxyKeyFile === undefined)) throw new UsageError('--proxy-client-cert-file and --proxy-client-key-file have to be given together');
  return { aggregation: { proxyCertFile, proxyKeyFile, routesToEndpoints: options['enable-aggregator-routing'] } };
}
