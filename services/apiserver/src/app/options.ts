import path from 'node:path';
import { loggingOptions, loggingSettings, optionTable, parseOptions, UsageError, type LoggingSettings, type OptionTable } from '@kubernode/component-base';
import { parseTracingConfiguration, type TracingConfiguration } from '@kubernode/tracing';
import { extensionSource, type ExtensionSource } from '../admission/extension/load-extensions.ts';
import { auditConfig, auditOptions, type AuditConfig } from '../audit/audit-options.ts';
import { aggregationOptions, aggregationSettings, type AggregationSettings } from './aggregation-options.ts';
import { authOptions, authSettings, type AuthSettings } from './auth-options.ts';
import { shownFlags } from './status-pages.ts';
import { ignoredOptions } from './ignored-options.ts';
import { trafficOptions, trafficSettings, type TrafficSettings } from './traffic-options.ts';

const MINUTE_MS = 60_000;

const table = optionTable({
  'etcd-servers': { kind: 'list', default: [], help: 'etcd endpoints, comma-separated', placeholder: 'URL,…' },
  'etcd-servers-overrides': { kind: 'list', default: [], help: 'resources that are in another etcd', placeholder: 'GROUP/RESOURCE#URL;URL,…' },
  'etcd-cafile': { kind: 'string', help: 'CA that vouches for etcd', placeholder: 'FILE' },
  'etcd-certfile': { kind: 'string', help: 'client certificate for etcd', placeholder: 'FILE' },
  'etcd-keyfile': { kind: 'string', help: 'key of the client certificate for etcd', placeholder: 'FILE' },
  'etcd-prefix': { kind: 'string', default: '/registry', help: 'what all keys in etcd begin with', placeholder: 'PREFIX' },
  'etcd-compaction-interval': { kind: 'duration', default: 5 * MINUTE_MS, help: 'how often old revisions are compacted away; 0 leaves that to others' },
  'etcd-maintenance-interval': { kind: 'duration', default: MINUTE_MS, help: "how often etcd's space is looked at, and given back by one of the servers where that is worth it; 0 leaves that to others" },
  'etcd-quota-bytes': { kind: 'int', default: 2 * 1024 ** 3, help: "etcd's --quota-backend-bytes, for members before 3.6, which do not tell it" },
  'etcd-healthcheck-timeout': { kind: 'duration', default: 2_000, help: 'how long etcd may take to answer when /healthz and /livez ask' },
  'etcd-readycheck-timeout': { kind: 'duration', default: 2_000, help: 'likewise when /readyz asks' },
  'encryption-provider-config': { kind: 'string', help: 'who encrypts which resources in etcd: an EncryptionConfiguration', placeholder: 'FILE' },
  'encryption-provider-config-automatic-reload': { kind: 'boolean', default: false, help: 'changes of that file are taken up while the server runs' },
  'secure-port': { kind: 'int', default: 6443, help: 'HTTPS port; 0 chooses a free one', placeholder: 'PORT' },
  'bind-address': { kind: 'string', default: '0.0.0.0', help: 'address to listen on', placeholder: 'ADDRESS' },
  'advertise-address': { kind: 'string', help: 'address under which other members of the cluster reach this server', placeholder: 'ADDRESS' },
  'advertise-port': { kind: 'int', default: 0, help: 'port under which others reach this server, where a load balancer stands before it; 0: the secure port', placeholder: 'PORT' },
  'grpc-port': { kind: 'int', default: 0, help: 'port of the ControlPlane service for schedulers, controllers and nodes; 0: none', placeholder: 'PORT' },
  'cert-dir': { kind: 'string', default: '/var/run/kubernetes', help: 'where certificates and keys are written when no files are given', placeholder: 'DIR' },
  'tls-cert-file': { kind: 'string', help: 'serving certificate', placeholder: 'FILE' },
  'tls-private-key-file': { kind: 'string', help: 'key of the serving certificate', placeholder: 'FILE' },
  'client-ca-file': { kind: 'string', help: 'CA whose client certificates name users', placeholder: 'FILE' },
  'token-auth-file': { kind: 'string', help: 'static tokens: token,user,uid,"group,…"', placeholder: 'FILE' },
  'enable-bootstrap-token-auth': { kind: 'boolean', default: false, help: 'secrets of type bootstrap.kubernetes.io/token are credentials' },
  'service-account-key-file': { kind: 'list', default: [], help: 'keys that verify service account tokens; may be given again', placeholder: 'FILE' },
  'service-account-signing-key-file': { kind: 'string', help: 'key that signs service account tokens', placeholder: 'FILE' },
  'service-account-issuer': { kind: 'list', default: ['https://kubernetes.default.svc.cluster.local'], help: 'issuer of service account tokens; further ones are accepted too', placeholder: 'URL' },
  'service-account-jwks-uri': { kind: 'string', help: 'where others find the keys of tokens', placeholder: 'URL' },
  'service-account-lookup': { kind: 'boolean', default: true, help: 'tokens of deleted accounts are refused' },
  'service-account-max-token-expiration': { kind: 'duration', default: 0, help: 'longest life of a token; 0: as long as asked for' },
  'service-account-extend-token-expiration': { kind: 'boolean', default: true, help: "projected tokens live longer than asked for, for clients that don't renew them" },
  'api-audiences': { kind: 'list', default: [], help: 'audiences of tokens that are meant for this server; the issuer when absent', placeholder: 'NAME,…' },
  'service-cluster-ip-range': { kind: 'list', default: ['10.0.0.0/24'], help: 'addresses for services', placeholder: 'CIDR' },
  'service-node-port-range': { kind: 'string', default: '30000-32767', help: 'ports for services on nodes', placeholder: 'LOW-HIGH' },
  ...authOptions,
  'enable-admission-plugins': { kind: 'list', default: [], help: 'admission plugins beside those that are on by default', placeholder: 'NAME,…' },
  'disable-admission-plugins': { kind: 'list', default: [], help: 'admission plugins that are on by default and shall not be', placeholder: 'NAME,…' },
  'admission-control-config-file': { kind: 'string', help: 'configuration of admission plugins: an AdmissionConfiguration', placeholder: 'FILE' },
  'admission-extension': { kind: 'list', whole: true, default: [], help: 'an ES module that makes an admission plugin, and a file for it (docs/EXTENSIONS.md); may be given again', placeholder: 'MODULE[=FILE]' },
  'admission-extension-timeout': { kind: 'duration', default: 1_000, help: 'how long each call of an admission extension may take' },
  'allow-privileged': { kind: 'boolean', default: false, help: 'containers may be privileged' },
  'requestheader-client-ca-file': { kind: 'string', help: 'CA of front proxies', placeholder: 'FILE' },
  'requestheader-allowed-names': { kind: 'list', default: [], help: 'names that a front proxy may have; any when absent', placeholder: 'NAME,…' },
  'requestheader-username-headers': { kind: 'list', default: [], help: 'where front proxies name the user', placeholder: 'HEADER,…' },
  'requestheader-group-headers': { kind: 'list', default: [], help: "where front proxies name the user's groups", placeholder: 'HEADER,…' },
  'requestheader-extra-headers-prefix': { kind: 'list', default: [], help: 'what headers with extra facts of the user begin with', placeholder: 'PREFIX,…' },
  'requestheader-uid-headers': { kind: 'list', default: [], help: "where front proxies name the user's uid", placeholder: 'HEADER,…' },
  'kubelet-client-certificate': { kind: 'string', help: 'certificate with which nodes are asked for logs and shells', placeholder: 'FILE' },
  'kubelet-client-key': { kind: 'string', help: 'key of that certificate', placeholder: 'FILE' },
  'kubelet-certificate-authority': { kind: 'string', help: "CA that vouches for nodes' servers; unchecked when absent", placeholder: 'FILE' },
  'kubelet-preferred-address-types': { kind: 'list', default: ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'], help: 'which of its addresses a node is reached by, best first', placeholder: 'TYPE,…' },
  ...aggregationOptions,
  ...trafficOptions,
  'event-ttl': { kind: 'duration', default: 60 * MINUTE_MS, help: 'how long events are kept' },
  'endpoint-reconciler-type': { kind: 'string', default: 'lease', help: 'lease: the kubernetes service names this server; none: somebody else sees to it' },
  'tracing-config-file': { kind: 'string', help: 'a TracingConfiguration: where traces go, and of how many requests', placeholder: 'FILE' },
  profiling: { kind: 'boolean', default: true, help: 'serve profiles of this process at /debug/pprof/' },
  ...auditOptions,
  ...loggingOptions,
});

/** The flags of `kubernode apiserver`: kube-apiserver's, with their names, defaults and meaning. */
export const apiServerOptions: OptionTable = { ...table, ...ignoredOptions };

/** A resource whose objects are in an etcd of their own. */
export interface EtcdOverride { group: string; resource: string; servers: readonly string[] }

export interface ApiServerConfig extends AggregationSettings, AuthSettings, TrafficSettings {
  etcd: { servers: readonly string[]; overrides: readonly EtcdOverride[]; /** With a slash before and none behind. */ prefix: string; caFile: string | undefined; certFile: string | undefined; keyFile: string | undefined; compactionIntervalMs: number; maintenanceIntervalMs: number; quotaBytes: number; healthTimeoutMs: number; readyTimeoutMs: number };
  /** Encryption at rest; without a file values are stored as they are. */
  encryption: { file: string | undefined; reloads: boolean };
  bindAddress: string;
  securePort: number;
  grpcPort: number;
  advertiseAddress: string | undefined;
  /** 0: the secure port. */
  advertisePort: number;
  certDir: string;
  tlsCertFile: string | undefined;
  tlsKeyFile: string | undefined;
  clientCaFile: string | undefined;
  tokenFile: string | undefined;
  bootstrapTokens: boolean;
  serviceAccounts: { keyFiles: readonly string[]; signingKeyFile: string | undefined; issuers: readonly string[]; jwksUri: string | undefined; lookup: boolean; maxTokenMs: number; extendTokens: boolean; audiences: readonly string[] };
  serviceClusterIpRanges: readonly string[];
  nodePortRange: { low: number; high: number };
  enabledPlugins: readonly string[];
  disabledPlugins: readonly string[];
  admissionConfigFile: string | undefined;
  admissionExtensions: { sources: readonly ExtensionSource[]; timeoutMs: number };
  allowPrivileged: boolean;
  frontProxy: { caFile: string | undefined; allowedNames: readonly string[]; usernameHeaders: readonly string[]; uidHeaders: readonly string[]; groupHeaders: readonly string[]; extraPrefixes: readonly string[] };
  kubelet: { certFile: string | undefined; keyFile: string | undefined; caFile: string | undefined; addressTypes: readonly string[] };
  eventTtlMs: number;
  keepsKubernetesService: boolean;
  logging: LoggingSettings;
  /** Undefined: nothing is traced. */
  tracing: TracingConfiguration | undefined;
  profiling: boolean;
  audit: AuditConfig;
  /** Every flag with its value as text, for /flagz. */
  flags: Readonly<Record<string, string>>;
  /** Flags that were given and do nothing, each with why. */
  ignored: readonly { flag: string; why: string }[];
}

/** Parses and checks the flags; throws UsageError with one sentence. */
export function parseApiServerOptions(args: readonly string[]): ApiServerConfig {
  const { options, positionals } = parseOptions({ ...table, ...ignoredOptions } as typeof table, args); // the ignored ones are looked up by name below
  if (positionals.length > 0) throw new UsageError(`unexpected argument ${JSON.stringify(positionals[0])}`);
  if (options['etcd-servers'].length === 0) throw new UsageError('--etcd-servers must be specified');
  if (options['encryption-provider-config-automatic-reload'] && options['encryption-provider-config'] === undefined) throw new UsageError('--encryption-provider-config-automatic-reload must be set with --encryption-provider-config');
  if ((options['tls-cert-file'] === undefined) !== (options['tls-private-key-file'] === undefined)) throw new UsageError('--tls-cert-file and --tls-private-key-file have to be given together');
  if (options['service-account-signing-endpoint'] !== undefined && (options['service-account-key-file'].length > 0 || options['service-account-signing-key-file'] !== undefined)) throw new UsageError("can't set `--service-account-signing-key-file` and/or `--service-account-key-file` with `--service-account-signing-endpoint` (They are mutually exclusive)");
  const given = options as unknown as Readonly<Record<string, unknown>>; // holds the ignored flags too
  return Object.freeze({
    etcd: { servers: options['etcd-servers'], overrides: options['etcd-servers-overrides'].map(etcdOverride), prefix: path.posix.join('/', options['etcd-prefix']).replace(/\/$/, ''), caFile: options['etcd-cafile'], certFile: options['etcd-certfile'], keyFile: options['etcd-keyfile'], compactionIntervalMs: options['etcd-compaction-interval'], maintenanceIntervalMs: options['etcd-maintenance-interval'], quotaBytes: options['etcd-quota-bytes'], healthTimeoutMs: options['etcd-healthcheck-timeout'], readyTimeoutMs: options['etcd-readycheck-timeout'] },
    encryption: { file: options['encryption-provider-config'], reloads: options['encryption-provider-config-automatic-reload'] },
    bindAddress: options['bind-address'], securePort: options['secure-port'], grpcPort: options['grpc-port'], advertiseAddress: options['advertise-address'], advertisePort: options['advertise-port'],
    certDir: options['cert-dir'], tlsCertFile: options['tls-cert-file'], tlsKeyFile: options['tls-private-key-file'], clientCaFile: options['client-ca-file'], tokenFile: options['token-auth-file'],
    bootstrapTokens: options['enable-bootstrap-token-auth'],
    serviceAccounts: {
      keyFiles: options['service-account-key-file'], signingKeyFile: options['service-account-signing-key-file'], issuers: options['service-account-issuer'], jwksUri: options['service-account-jwks-uri'],
      lookup: options['service-account-lookup'], maxTokenMs: options['service-account-max-token-expiration'], extendTokens: options['service-account-extend-token-expiration'], audiences: options['api-audiences'],
    },
    serviceClusterIpRanges: options['service-cluster-ip-range'], nodePortRange: portRange(options['service-node-port-range']), ...authSettings(options),
    enabledPlugins: options['enable-admission-plugins'], disabledPlugins: options['disable-admission-plugins'], admissionConfigFile: options['admission-control-config-file'],
    admissionExtensions: { sources: options['admission-extension'].map(extensionSource), timeoutMs: options['admission-extension-timeout'] }, allowPrivileged: options['allow-privileged'],
    frontProxy: {
      caFile: options['requestheader-client-ca-file'], allowedNames: options['requestheader-allowed-names'], usernameHeaders: options['requestheader-username-headers'], uidHeaders: options['requestheader-uid-headers'],
      groupHeaders: options['requestheader-group-headers'], extraPrefixes: options['requestheader-extra-headers-prefix'],
    },
    kubelet: { certFile: options['kubelet-client-certificate'], keyFile: options['kubelet-client-key'], caFile: options['kubelet-certificate-authority'], addressTypes: options['kubelet-preferred-address-types'] },
    ...aggregationSettings(options), ...trafficSettings(options),
    eventTtlMs: options['event-ttl'], keepsKubernetesService: options['endpoint-reconciler-type'] !== 'none', logging: loggingSettings(options), profiling: options.profiling, tracing: options['tracing-config-file'] === undefined ? undefined : parseTracingConfiguration(options['tracing-config-file']),
    ignored: Object.entries(ignoredOptions).filter(([flag]) => given[flag] !== undefined).map(([flag, { ignored = '' }]) => ({ flag, why: ignored })),
    audit: auditConfig(options), flags: shownFlags(apiServerOptions, given),
  });
}

function etcdOverride(text: string): EtcdOverride {
  const [, group, resource, servers = ''] = /^([^/#]*)\/([^/#]*)#([^#]+)$/.exec(text) ?? [];
  const urls = servers.split(';');
  if (group === undefined || resource === undefined || urls.includes('')) throw new UsageError('--etcd-servers-overrides invalid, must be of format: group/resource#servers, where servers are URLs, semicolon separated');
  return { group, resource, servers: urls };
}

function portRange(text: string): { low: number; high: number } {
  const [, low, high] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  const range = { low: Number(low), high: Number(high) };
  if (low === undefined || range.low < 1 || range.high > 65_535 || range.low > range.high) throw new UsageError(`invalid value ${JSON.stringify(text)} for --service-node-port-range: want LOW-HIGH`);
  return range;
}
