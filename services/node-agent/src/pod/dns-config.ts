import type { Pod } from './pod-facts.ts';
import { formatPod, isHostNetwork } from './pod-facts.ts';

/** A resolver configuration, as of /etc/resolv.conf. */
export interface DnsConfig { servers: readonly string[]; searches: readonly string[]; options: readonly string[] }

export interface ClusterDns { servers: readonly string[]; domain: string }

const SERVERS_MAX = 3;
const SEARCHES_MAX = 32;
const SEARCH_LINE_MAX = 2048;
/** Some resolvers end their process at longer ones. */
const SEARCH_MAX = 253;
const NDOTS = 'ndots:5';

/** A pod's resolver configuration, and what its user is to be told of it: reason and message of events. */
export interface PodDns { config: DnsConfig; problems: readonly { reason: string; message: string }[] }

/** The resolver configuration of a pod by its policy; `host` is the node's own. */
export function podDnsConfig(pod: Pod, { cluster, host }: { cluster: ClusterDns; host: DnsConfig }): PodDns {
  const problems: { reason: string; message: string }[] = [];
  const base = baseConfig(pod, { cluster, host, problems });
  const own = pod.spec?.dnsConfig;
  const config = {
    servers: fitServers(unique([...base.servers, ...(own?.nameservers ?? [])]), problems),
    searches: fitSearches(unique([...base.searches, ...(own?.searches ?? [])]), problems),
    options: mergeOptions(base.options, (own?.options ?? []).map(({ name = '', value }) => (value === undefined || value === '' ? name : `${name}:${value}`))),
  };
  return { config, problems };
}

type Problems = { reason: string; message: string }[];

function baseConfig(pod: Pod, { cluster: { servers, domain }, host, problems }: { cluster: ClusterDns; host: DnsConfig; problems: Problems }): DnsConfig {
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { servers: [], searches: [], options: [] };
  const wantsCluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !isHostNetwork(pod));
  if (wantsCluster && servers.length > 0) {
    const searches = domain === '' ? [] : [`${pod.metadata.namespace ?? ''}.svc.${domain}`, `svc.${domain}`, domain];
    return { servers, searches: unique([...searches, ...host.searches]), options: [NDOTS] };
  }
  if (wantsCluster) {
    const message = `pod: "${formatPod(pod)}". kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.`;
    problems.push({ reason: 'MissingClusterDNS', message });
  }
  // Without a resolver configuration of the node, names are looked up on the local machine, as resolvers do by themselves.
  return host.servers.length === 0 && host.searches.length === 0 ? { servers: ['127.0.0.1'], searches: ['.'], options: host.options } : host;
}

function fitServers(servers: readonly string[], problems: Problems): readonly string[] {
  if (servers.length <= SERVERS_MAX) return servers;
  const fit = servers.slice(0, SERVERS_MAX);
  problems.push({ reason: 'DNSConfigForming', message: `Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ${fit.join(' ')}` });
  return fit;
}

function fitSearches(searches: readonly string[], problems: Problems): readonly string[] {
  const fit = searches.slice(0, SEARCHES_MAX).filter((one) => one.length <= SEARCH_MAX);
  while (fit.join(' ').length > SEARCH_LINE_MAX) fit.pop();
  if (fit.length < searches.length) problems.push({ reason: 'DNSConfigForming', message: `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${fit.join(' ')}` });
  return fit;
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
    if (keyword.startsWith('#')) continue;
    if (keyword === 'nameserver' && fields[0] !== undefined) servers.push(fields[0]);
    if (keyword === 'search') searches = fields.filter((one) => one !== '.').map((one) => one.replace(/\.$/, ''));
    if (keyword === 'options') options = mergeOptions(options, fields);
  }
  return { servers, searches, options };
}
