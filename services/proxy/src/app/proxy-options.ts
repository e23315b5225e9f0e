import { parseCidr, parseIp } from '@kubernode/apimachinery';
import { connectionOptions, type ConnectionOptions } from '@kubernode/client';
import { loggingOptions, loggingSettings, optionTable, parseOptions, readFlagFile, UsageError, type LoggingSettings, type Options, type OptionSpec, type OptionTable } from '@kubernode/component-base';
import type { ProxyMode } from '../metrics.ts';
import { flagsOfConfiguration } from './proxy-configuration.ts';

const ignored = (why: string): OptionSpec<'string'> & { kind: 'string' } => ({ kind: 'string', help: '', ignored: why });
const IPVS = 'there is no ipvs mode';

/** kube-proxy's flags. */
const table = optionTable({
  ...connectionOptions,
  config: { kind: 'string', help: 'a file with a KubeProxyConfiguration; flags but --hostname-override and -v are then ignored', placeholder: 'FILE' },
  cleanup: { kind: 'boolean', default: false, help: 'take out all rules and exit' },
  'hostname-override': { kind: 'string', help: "the node's name, if not the host's", placeholder: 'NAME' },
  'bind-address': { kind: 'string', default: '0.0.0.0', help: "the node's primary address, if not what its Node says; nothing is served there", placeholder: 'ADDRESS' },
  'healthz-bind-address': { kind: 'string', help: 'where /healthz and /livez are served (default 0.0.0.0:10256)', placeholder: 'ADDRESS:PORT' },
  'metrics-bind-address': { kind: 'string', help: 'where /metrics and /proxyMode are served (default 127.0.0.1:10249)', placeholder: 'ADDRESS:PORT' },
  'healthz-port': { kind: 'int', help: 'port of /healthz on loopback; 0 for none' },
  'metrics-port': { kind: 'int', help: 'port of /metrics on loopback; 0 for none' },
  'proxy-mode': { kind: 'string', default: 'iptables', help: 'iptables or nftables' },
  'iptables-backend': { kind: 'string', default: 'auto', help: 'which iptables: nft, legacy, or auto, which takes the one that holds rules already' },
  profiling: { kind: 'boolean', default: false, help: 'serve profiles of this process at /debug/pprof/ beside the metrics, to whoever reaches that port' },
  'masquerade-all': { kind: 'boolean', default: false, help: 'masquerade all traffic to cluster IPs' },
  'iptables-masquerade-bit': { kind: 'int', default: 14, help: "the bit of packets' marks that asks for masquerading, 0 to 31" },
  'iptables-localhost-nodeports': { kind: 'boolean', default: true, help: 'serve node ports at 127.0.0.1 too (iptables mode, IPv4)' },
  'iptables-sync-period': { kind: 'duration', default: 30_000, help: 'how often all is looked at, so that what others removed comes back' },
  'iptables-min-sync-period': { kind: 'duration', default: 0, help: 'the least time between two rounds of changes' },
  'detect-local-mode': { kind: 'string', default: 'ClusterCIDR', help: 'how traffic of pods is told: ClusterCIDR, NodeCIDR, BridgeInterface or InterfaceNamePrefix' },
  'cluster-cidr': { kind: 'list', default: [], help: 'addresses of pods, one range a family; traffic from elsewhere to cluster IPs is masqueraded', placeholder: 'CIDR,…' },
  'pod-bridge-interface': { kind: 'string', default: '', help: "the pods' bridge, for BridgeInterface", placeholder: 'NAME' },
  'pod-interface-name-prefix': { kind: 'string', default: '', help: "what names of pods' interfaces begin with, for InterfaceNamePrefix", placeholder: 'PREFIX' },
  'nodeport-addresses': { kind: 'list', default: [], help: "where node ports are served: ranges of the node's addresses, or primary; everywhere when empty (in nftables mode: primary)", placeholder: 'CIDR,…' },
  'conntrack-max-per-core': { kind: 'int', default: 0, help: 'connections that the kernel may track, for each core; 0 leaves it as it is' },
  'conntrack-min': { kind: 'int', default: 131_072, help: 'the least of that for the whole host' },
  'conntrack-tcp-timeout-established': { kind: 'duration', default: 0, help: 'how long the kernel tracks idle TCP connections; 0 leaves it as it is' },
  'conntrack-tcp-timeout-close-wait': { kind: 'duration', default: 0, help: 'the same for connections that one side closed' },
  'conntrack-tcp-be-liberal': { kind: 'boolean', default: false, help: "take packets outside of a connection's window for valid" },
  'conntrack-udp-timeout': { kind: 'duration', default: 0, help: 'how long the kernel tracks UDP without answers; 0 leaves it as it is' },
  'conntrack-udp-timeout-stream': { kind: 'duration', default: 0, help: 'the same for UDP with answers' },
  'feature-gates': ignored('there are no gates'), 'oom-score-adj': ignored('set by whoever starts the process'), 'config-sync-period': ignored('watches tell of changes'),
  'bind-address-hard-fail': ignored('a port that cannot be had is always fatal'), 'show-hidden-metrics-for-version': ignored('none are hidden'),
  'kube-api-content-type': ignored('objects are JSON'), 'kube-api-burst': ignored('the proxy only watches'), 'kube-api-qps': ignored('the proxy only watches'),
  'ipvs-sync-period': ignored(IPVS), 'ipvs-min-sync-period': ignored(IPVS), 'ipvs-scheduler': ignored(IPVS), 'ipvs-exclude-cidrs': ignored(IPVS), 'ipvs-strict-arp': ignored(IPVS),
  'ipvs-tcp-timeout': ignored(IPVS), 'ipvs-tcpfin-timeout': ignored(IPVS), 'ipvs-udp-timeout': ignored(IPVS),
  ...loggingOptions,
});

type ProxyOptions = Options<typeof table>;

export const proxyOptions: OptionTable = table;

/** What the options mean, checked. */
export interface ProxySettings {
  connection: ConnectionOptions;
  mode: ProxyMode;
  backend: 'auto' | 'nft' | 'legacy';
  hostname?: string | undefined;
  bindAddress: string;
  /** Where to serve; absent for nowhere. */
  healthz?: HostPort | undefined;
  metrics?: HostPort | undefined;
  /** Profiles and -v are served beside the metrics. */
  profiling: boolean;
  masqueradeAll: boolean;
  masqueradeBit: number;
  localhostNodePorts: boolean;
  local: { mode: LocalMode; clusterCidrs: readonly string[]; bridge: string; prefix: string };
  /** Ranges, or `primary` alone. */
  nodePortAddresses: readonly string[];
  syncPeriodMs: number;
  minSyncPeriodMs: number;
  conntrack: ConntrackSettings;
}

export interface HostPort { host: string; port: number }
export type LocalMode = 'ClusterCIDR' | 'NodeCIDR' | 'BridgeInterface' | 'InterfaceNamePrefix';
/** Zero leaves the kernel's value; times in ms. */
export interface ConntrackSettings { maxPerCore: number; min: number; tcpEstablishedMs: number; tcpCloseWaitMs: number; tcpBeLiberal: boolean; udpMs: number; udpStreamMs: number }

const LOCAL_MODES: readonly string[] = ['ClusterCIDR', 'NodeCIDR', 'BridgeInterface', 'InterfaceNamePrefix'] satisfies LocalMode[];

/** What a command line asks for. */
export interface ProxyCommandLine { settings: ProxySettings; cleanup: boolean; logging: LoggingSettings }

/** Reads flags, or the file that stands in their place, and checks them. UsageError with kube-proxy's reasons. */
export function readCommandLine(args: readonly string[], { clusterCidr = '' }: { clusterCidr?: string | undefined } = {}): ProxyCommandLine {
  const { options: given, positionals } = parseOptions(table, args);
  if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
  const filed = given.config === undefined ? given : parseOptions(table, flagsOfConfiguration(readFlagFile('config', given.config))).options;
  const options: ProxyOptions = {
    ...filed, kubeconfig: filed.kubeconfig ?? given.kubeconfig, 'hostname-override': given['hostname-override'] ?? filed['hostname-override'],
    'cluster-cidr': filed['cluster-cidr'].length > 0 || clusterCidr === '' ? filed['cluster-cidr'] : clusterCidr.split(','),
  };
  return { settings: settingsOf(options), cleanup: given.cleanup, logging: loggingSettings(given) };
}

function settingsOf(options: ProxyOptions): ProxySettings {
  const mode = options['proxy-mode'] === '' ? 'iptables' : options['proxy-mode'];
  if (mode !== 'iptables' && mode !== 'nftables') throw invalid('proxy-mode', mode, 'must be iptables, nftables or blank (blank means iptables)');
  const backend = options['iptables-backend'];
  if (backend !== 'auto' && backend !== 'nft' && backend !== 'legacy') throw invalid('iptables-backend', backend, 'must be auto, nft or legacy');
  const localMode = options['detect-local-mode'] === '' ? 'ClusterCIDR' : options['detect-local-mode'];
  if (!isLocalMode(localMode)) throw invalid('detect-local-mode', localMode, `supported values: ${LOCAL_MODES.join(', ')}`);
  check(options, localMode);
  const nodePortAddresses = options['nodeport-addresses'].length === 0 && mode === 'nftables' ? ['primary'] : options['nodeport-addresses'];
  return {
    connection: options, mode, backend, hostname: options['hostname-override']?.trim().toLowerCase(), bindAddress: options['bind-address'],
    healthz: servedAt(options, 'healthz', { host: '0.0.0.0', port: 10_256 }), metrics: servedAt(options, 'metrics', { host: '127.0.0.1', port: 10_249 }),
    profiling: options.profiling, masqueradeAll: options['masquerade-all'], masqueradeBit: options['iptables-masquerade-bit'], localhostNodePorts: mode === 'iptables' && options['iptables-localhost-nodeports'],
    local: { mode: localMode, clusterCidrs: options['cluster-cidr'], bridge: options['pod-bridge-interface'], prefix: options['pod-interface-name-prefix'] },
    nodePortAddresses, syncPeriodMs: options['iptables-sync-period'], minSyncPeriodMs: options['iptables-min-sync-period'],
    conntrack: {
      maxPerCore: options['conntrack-max-per-core'], min: options['conntrack-min'], tcpEstablishedMs: options['conntrack-tcp-timeout-established'], tcpCloseWaitMs: options['conntrack-tcp-timeout-close-wait'],
      tcpBeLiberal: options['conntrack-tcp-be-liberal'], udpMs: options['conntrack-udp-timeout'], udpStreamMs: options['conntrack-udp-timeout-stream'],
    },
  };
}

function check(options: ProxyOptions, localMode: LocalMode): void {
  const bit = options['iptables-masquerade-bit'];
  if (bit < 0 || bit > 31) throw invalid('iptables-masquerade-bit', bit, 'must be within the range [0, 31]');
  const [period, least] = [options['iptables-sync-period'], options['iptables-min-sync-period']];
  if (period <= 0) throw invalid('iptables-sync-period', period, 'must be greater than 0');
  if (least < 0) throw invalid('iptables-min-sync-period', least, 'must be greater than or equal to 0');
  if (least > period) throw invalid('iptables-sync-period', period, 'must be greater than or equal to --iptables-min-sync-period');
  if (parseIp(options['bind-address']) === undefined) throw invalid('bind-address', options['bind-address'], 'not a valid textual representation of an IP address');
  const ranges = options['cluster-cidr'];
  if (ranges.length > 2 || ranges.some((range) => parseCidr(range) === undefined) || (ranges.length === 2 && parseCidr(ranges[0] ?? '')?.bits === parseCidr(ranges[1] ?? '')?.bits)) throw invalid('cluster-cidr', ranges.join(','), 'must be a either a single CIDR or dual-stack pair of CIDRs (e.g. [10.100.0.0/16, fde4:8dba:82e1::/48]');
  const addresses = options['nodeport-addresses'];
  if (addresses.includes('primary') && addresses.length > 1) throw invalid('nodeport-addresses', addresses.join(','), "can't use both 'primary' and CIDRs");
  for (const range of addresses) if (range !== 'primary' && parseCidr(range) === undefined) throw invalid('nodeport-addresses', range, 'must be a valid CIDR');
  if (localMode === 'BridgeInterface' && options['pod-bridge-interface'] === '') throw invalid('pod-bridge-interface', '', 'must not be empty');
  if (localMode === 'InterfaceNamePrefix' && options['pod-interface-name-prefix'] === '') throw invalid('pod-interface-name-prefix', '', 'must not be empty');
}

function servedAt(options: ProxyOptions, what: 'healthz' | 'metrics', usual: HostPort): HostPort | undefined {
  const text = options[`${what}-bind-address`];
  const port = options[`${what}-port`];
  if (text === undefined) return port === undefined ? usual : port === 0 ? undefined : { host: '127.0.0.1', port };
  if (text === '') return undefined;
  if (parseIp(text) !== undefined) return { host: text, port: usual.port };
  const [, bracketed, bare, digits = ''] = /^(?:\[(.+)\]|([^[\]]+)):(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? bare ?? '';
  if (parseIp(host) === undefined) throw invalid(`${what}-bind-address`, text, 'must be IP:port');
  if (Number(digits) < 1 || Number(digits) > 65_535) throw invalid(`${what}-bind-address`, text, 'must be a valid port');
  return { host, port: Number(digits) };
}

const isLocalMode = (text: string): text is LocalMode => LOCAL_MODES.includes(text);
const invalid = (flag: string, value: unknown, why: string): UsageError => new UsageError(`invalid value "${String(value)}" for --${flag}: ${why}`);
