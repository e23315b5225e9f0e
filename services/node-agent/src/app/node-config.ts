import type { coreV1 } from '@kubernode/api';
import { readFlagFile, UsageError } from '@kubernode/component-base';
import { bytes } from '../pod/amounts.ts';
import { parseResolvConf, type DnsConfig } from '../pod/dns-config.ts';
import type { RouteMode } from '../network/compute-routes.ts';
import type { NodeOptions } from './node-options.ts';

/** Everything that a node agent is told, checked; undefined where it finds out by itself. */
export interface NodeConfig {
  nodeName: string | undefined;
  nodeIp: string | undefined;
  rootDir: string;
  localPathDir: string;
  podLogsDir: string;
  containerLogsDir: string;
  podCidr: string | undefined;
  clusterCidr: string | undefined;
  clusterDns: { servers: readonly string[]; domain: string };
  hostDns: DnsConfig;
  /** `confDir` is empty when someone else configures the network. */
  cni: { confDir: string; bridge: string; dataDir: string };
  podRoutes: { mode: RouteMode; vxlan: { id: number; port: number } };
  server: { address: string; port: number; cert: string | undefined; key: string | undefined; clientCa: string | undefined; anonymous: boolean };
  healthz: { address: string; port: number };
  registerNode: boolean;
  nodeLabels: Readonly<Record<string, string>>;
  taints: readonly coreV1.Taint[];
  maxPods: number;
  cgroupRoot: string;
  statusUpdateMs: number;
  logs: { maxBytes: number; maxFiles: number };
  seccompDefault: boolean;
}

/** Reads what the flags name; throws UsageError or UserError with one sentence. */
export function nodeConfig(options: NodeOptions): NodeConfig {
  const file = (flag: 'tls-cert-file' | 'tls-private-key-file' | 'client-ca-file'): string | undefined => {
    const name = options[flag];
    return name === undefined || name === '' ? undefined : readFlagFile(flag, name);
  };
  if ((options['tls-cert-file'] === undefined) !== (options['tls-private-key-file'] === undefined)) throw new UsageError('--tls-cert-file and --tls-private-key-file go together');
  const resolvConf = options['resolv-conf'];
  return {
    nodeName: options['hostname-override'], nodeIp: options['node-ip'],
    rootDir: options['root-dir'], localPathDir: options['local-path-dir'], podLogsDir: options['pod-logs-dir'], containerLogsDir: options['container-logs-dir'],
    podCidr: options['pod-cidr'], clusterCidr: options['cluster-cidr'],
    clusterDns: { servers: options['cluster-dns'], domain: options['cluster-domain'] },
    hostDns: resolvConf === '' ? { servers: [], searches: [], options: [] } : parseResolvConf(readFlagFile('resolv-conf', resolvConf)),
    cni: { confDir: options['cni-conf-dir'], bridge: options['cni-bridge'], dataDir: options['cni-data-dir'] },
    podRoutes: { mode: routeMode(options['pod-routes']), vxlan: { id: options['vxlan-id'], port: options['vxlan-port'] } },
    server: { address: options.address, port: options.port, cert: file('tls-cert-file'), key: file('tls-private-key-file'), clientCa: file('client-ca-file'), anonymous: options['anonymous-auth'] },
    healthz: { address: options['healthz-bind-address'], port: options['healthz-port'] },
    registerNode: options['register-node'], nodeLabels: options['node-labels'], taints: options['register-with-taints'].map(parseTaint),
    maxPods: options['max-pods'], cgroupRoot: options['cgroup-root'], statusUpdateMs: options['node-status-update-frequency'],
    logs: { maxBytes: bytes(options['container-log-max-size']), maxFiles: options['container-log-max-files'] },
    seccompDefault: options['seccomp-default'],
  };
}

function routeMode(text: string): RouteMode {
  if (text !== 'auto' && text !== 'vxlan' && text !== 'none') throw new UsageError(`invalid value "${text}" for --pod-routes: want auto, vxlan or none`);
  return text;
}

function parseTaint(text: string): coreV1.Taint {
  const [, key, value, effect] = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text) ?? [];
  if (key === undefined || effect === undefined) throw new UsageError(`invalid value "${text}" for --register-with-taints: want KEY=VALUE:EFFECT`);
  return { key, effect, ...(value !== undefined && { value }) };
}
