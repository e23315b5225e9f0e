import type { Pod } from './pod-facts.ts';
import { isHostNetwork } from './pod-facts.ts';

/** A resolver configuration, as of /etc/resolv.conf. */
export interface DnsConfig { servers: readonly string[]; searches: readonly string[]; options: readonly string[] }

export interface ClusterDns { servers: readonly string[]; domain: string }

const SERVERS_MAX = 3;
const SEARCHES_MAX = 32;
const NDOTS = 'ndots:5';

/** The resolver configuration of a pod by its policy; `host` is the node's own. */
export function podDnsConfig(pod: Pod, { cluster, host }: { cluster: ClusterDns; host: DnsConfig }): DnsConfig {
  const base = baseConfig(pod, cluster, host);
  const own = pod.spec?.dnsConfig;
  return {
    servers: unique([...base.servers, ...(own?.nameservers ?? [])]).slice(0, SERVERS_MAX),
    searches: unique([...base.searches, ...(own?.searches ?? [])]).slice(0, SEARCHES_MAX),
    options: mergeOptions(base.options, (own?.options ?? []).map(({ name = '', value }) => (value === undefined || value === '' ? name : `${name}:${value}`))),
  };
}

function baseConfig(pod: Pod, { servers, domain }: ClusterDns, host: DnsConfig): DnsConfig {
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { servers: [], searches: [], options: [] };
  const wantsCluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !isHostNetwork(pod));
  if (!wantsCluster || servers.length === 0) return host;
  const searches = domain === '' ? [] : [`${pod.metadata.namespace ?? ''}.svc.${domain}`, `svc.${domain}`, domain];
  return { servers, searches: unique([...searches, ...host.searches]), options: [NDOTS] };
}

/** Later options replace earlier ones of the same name. */
function mergeOptions(base: readonly string[], added: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const option of [...base, ...added]) byName.set(option.split(':')[0] ?? option, option);
  return [...byName.values()];
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];

/** Reads the text of a resolv.conf: servers add up, the last search line and later options win. */
export function parseResolvConf(text: string): DnsConfig {
  const servers: string[] = [];
  let searches: string[] = [];
  let options: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword = '', ...fields] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && fields[0] !== undefined) servers.push(fields[0]);
    if (keyword === 'search') searches = fields.filter((one) => one !== '.').map((one) => one.replace(/\.$/, ''));
    if (keyword === 'options') options = mergeOptions(options, fields);
  }
  return { servers, searches, options };
}
