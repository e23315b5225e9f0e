import { decodeYaml } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { UsageError } from '@kubernode/component-base';

const API_VERSION = 'kubeproxy.config.k8s.io/v1alpha1';

/** What each field of a KubeProxyConfiguration is called among the flags; '' for fields without meaning here. */
const FLAGS: Readonly<Record<string, string>> = {
  bindAddress: 'bind-address', bindAddressHardFail: '', clusterCIDR: 'cluster-cidr', configSyncPeriod: '', enableProfiling: 'profiling', healthzBindAddress: 'healthz-bind-address', hostnameOverride: 'hostname-override',
  metricsBindAddress: 'metrics-bind-address', mode: 'proxy-mode', nodePortAddresses: 'nodeport-addresses', oomScoreAdj: '', portRange: '', showHiddenMetricsForVersion: '', detectLocalMode: 'detect-local-mode',
  'clientConnection.kubeconfig': 'kubeconfig', 'clientConnection.acceptContentTypes': '', 'clientConnection.burst': '', 'clientConnection.contentType': '', 'clientConnection.qps': '',
  'conntrack.maxPerCore': 'conntrack-max-per-core', 'conntrack.min': 'conntrack-min', 'conntrack.tcpBeLiberal': 'conntrack-tcp-be-liberal', 'conntrack.tcpCloseWaitTimeout': 'conntrack-tcp-timeout-close-wait',
  'conntrack.tcpEstablishedTimeout': 'conntrack-tcp-timeout-established', 'conntrack.udpStreamTimeout': 'conntrack-udp-timeout-stream', 'conntrack.udpTimeout': 'conntrack-udp-timeout',
  'detectLocal.bridgeInterface': 'pod-bridge-interface', 'detectLocal.interfaceNamePrefix': 'pod-interface-name-prefix',
  'iptables.localhostNodePorts': 'iptables-localhost-nodeports', 'iptables.masqueradeAll': 'masquerade-all', 'iptables.masqueradeBit': 'iptables-masquerade-bit', 'iptables.minSyncPeriod': 'iptables-min-sync-period', 'iptables.syncPeriod': 'iptables-sync-period',
  'nftables.masqueradeAll': 'masquerade-all', 'nftables.masqueradeBit': 'iptables-masquerade-bit', 'nftables.minSyncPeriod': 'iptables-min-sync-period', 'nftables.syncPeriod': 'iptables-sync-period',
};

/** Parts of the file that only other modes, and other programs, have a use for. */
const UNUSED = new Set(['apiVersion', 'kind', 'featureGates', 'ipvs', 'logging', 'winkernel', 'windowsRunAsService']);

/**
 * A KubeProxyConfiguration as flags, so that both are checked in one way. A field that says nothing ('' or null, as kubeadm writes them) is
 * left out; a part for the other mode too. UsageError for what cannot be read. Pure.
 */
export function flagsOfConfiguration(text: string): readonly string[] {
  const file = readFile(text);
  const mode = file['mode'] === 'nftables' ? 'nftables' : 'iptables';
  return Object.entries(file).flatMap(([field, value]) => {
    if (UNUSED.has(field) || (field !== mode && (field === 'iptables' || field === 'nftables'))) return [];
    return isRecord(value) ? Object.entries(value).flatMap(([inner, one]) => flag(`${field}.${inner}`, one)) : flag(field, value);
  });
}

function readFile(text: string): Readonly<Record<string, unknown>> {
  let file: unknown;
  try { file = decodeYaml(text).value; } catch (error) { throw new UsageError(`--config is not YAML: ${errorMessage(error)}`); }
  if (!isRecord(file)) throw new UsageError('--config is no KubeProxyConfiguration');
  if (file['kind'] !== 'KubeProxyConfiguration' || file['apiVersion'] !== API_VERSION) throw new UsageError(`no kind "${String(file['kind'])}" is registered for version "${String(file['apiVersion'])}": --config wants a KubeProxyConfiguration of ${API_VERSION}`);
  return file;
}

function flag(field: string, value: unknown): string[] {
  const name = FLAGS[field];
  if (name === undefined) throw new UsageError(`strict decoding error: unknown field "${field}"`);
  if (name === '' || value === null || value === '') return [];
  if (Array.isArray(value)) return value.length === 0 ? [] : [`--${name}=${value.join(',')}`];
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') throw new UsageError(`invalid value for ${field}`);
  if (value === '0s' && /Period$/.test(field)) return []; // stands for the usual
  return [`--${name}=${value}`];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
