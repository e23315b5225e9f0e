import type { coreV1 } from '@kubernode/api';
import { readFlagFile, UsageError } from '@kubernode/component-base';
import { quantityFault } from '@kubernode/apimachinery';
import { DEFAULT_EVICTION_HARD, parseThresholds, type Threshold } from '../eviction/thresholds.ts';
import type { VerificationPolicy } from '../images/pull-records.ts';
import type { ImagePolicy } from '../images/select-images.ts';
import { checkLabels } from '../node/node-labels.ts';
import type { Reservations } from '../node/node-resources.ts';
import { sysctlPatternFault } from '../admission/allowed-sysctls.ts';
import { bytes } from '../pod/amounts.ts';
import type { ShutdownGrace } from '../shutdown/shutdown-groups.ts';
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
  /** The host's own logs. */
  nodeLogsDir: string;
  podCidr: string | undefined;
  clusterCidr: string | undefined;
  clusterDns: { servers: readonly string[]; domain: string };
  hostDns: DnsConfig;
  /** `confDir` is empty when someone else configures the network. */
  cni: { confDir: string; bridge: string; dataDir: string };
  podRoutes: { mode: RouteMode; vxlan: { id: number; port: number } };
  server: { address: string; port: number; certFile: string | undefined; keyFile: string | undefined; clientCaFile: string | undefined; anonymous: boolean; systemLogs: boolean; profiling: boolean; debugFlags: boolean };
  healthz: { address: string; port: number };
  registerNode: boolean;
  nodeLabels: Readonly<Record<string, string>>;
  taints: readonly coreV1.Taint[];
  maxPods: number;
  cgroupRoot: string;
  statusUpdateMs: number;
  statusReportMs: number;
  leaseSeconds: number;
  /** In the node's status; -1 for all. */
  imagesMax: number;
  schedulable: boolean;
  podsPerCore: number;
  reserved: Reservations;
  /** All pods together are kept within what the node can give. */
  enforcePods: boolean;
  staticPods: { path: string; checkEveryMs: number };
  eviction: { thresholds: readonly Threshold[]; transitionMs: number; maxPodGraceSeconds: number };
  images: {
    policy: ImagePolicy;
    pulls: { perSecond: number; burst: number; /** Infinity for any number. */ parallelMax: number };
    /** Empty for none. */
    providers: { configFile: string; binDir: string };
    verification: VerificationPolicy;
    preloaded: readonly string[];
  };
  certificates: { dir: string; rotateServer: boolean };
  shutdown: readonly ShutdownGrace[];
  logs: { maxBytes: number; maxFiles: number };
  seccompDefault: boolean;
  /** Most processes of one pod; 0 for no limit. */
  podPidsMax: number;
  allowedUnsafeSysctls: readonly string[];
}

const NODE_LOGS_DIR = '/var/log';

/** Reads what the flags name; throws UsageError or UserError with one sentence. */
export function nodeConfig(options: NodeOptions): NodeConfig {
  const file = (flag: 'tls-cert-file' | 'tls-private-key-file' | 'client-ca-file'): string | undefined => {
    const name = options[flag];
    return name === '' ? undefined : name;
  };
  if ((options['tls-cert-file'] === undefined) !== (options['tls-private-key-file'] === undefined)) throw new UsageError('--tls-cert-file and --tls-private-key-file go together');
  const resolvConf = options['resolv-conf'];
  return {
    nodeName: options['hostname-override'], nodeIp: options['node-ip'],
    rootDir: options['root-dir'], localPathDir: options['local-path-dir'], podLogsDir: options['pod-logs-dir'], containerLogsDir: options['container-logs-dir'], nodeLogsDir: NODE_LOGS_DIR,
    podCidr: options['pod-cidr'], clusterCidr: options['cluster-cidr'],
    clusterDns: { servers: options['cluster-dns'], domain: options['cluster-domain'] },
    hostDns: resolvConf === '' ? { servers: [], searches: [], options: [] } : parseResolvConf(readFlagFile('resolv-conf', resolvConf)),
    cni: { confDir: options['cni-conf-dir'], bridge: options['cni-bridge'], dataDir: options['cni-data-dir'] },
    podRoutes: { mode: routeMode(options['pod-routes']), vxlan: { id: options['vxlan-id'], port: options['vxlan-port'] } },
    server: { address: options.address, port: options.port, certFile: file('tls-cert-file'), keyFile: file('tls-private-key-file'), clientCaFile: file('client-ca-file'), anonymous: options['anonymous-auth'], systemLogs: options['enable-system-log-handler'], profiling: options['enable-profiling-handler'], debugFlags: options['enable-debug-flags-handler'] },
    healthz: { address: options['healthz-bind-address'], port: options['healthz-port'] },
    registerNode: options['register-node'], nodeLabels: checkLabels(options['node-labels']), taints: options['register-with-taints'].map(parseTaint),
    maxPods: options['max-pods'], cgroupRoot: options['cgroup-root'], statusUpdateMs: options['node-status-update-frequency'],
    statusReportMs: options['node-status-report-frequency'], leaseSeconds: atLeast(options, 'node-lease-duration-seconds', 1), imagesMax: atLeast(options, 'node-status-max-images', -1),
    schedulable: options['register-schedulable'], podsPerCore: atLeast(options, 'pods-per-core', 0), ...evictionConfig(options),
    staticPods: { path: options['pod-manifest-path'], checkEveryMs: options['file-check-frequency'] },
    images: imagesConfig(options),
    certificates: { dir: options['cert-dir'], rotateServer: options['rotate-server-certificates'] },
    shutdown: shutdownGraces(options),
    logs: { maxBytes: bytes(options['container-log-max-size']), maxFiles: options['container-log-max-files'] },
    seccompDefault: options['seccomp-default'], podPidsMax: Math.max(0, options['pod-max-pids']), allowedUnsafeSysctls: options['allowed-unsafe-sysctls'].map(checkedSysctl),
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

type IntFlag = 'node-lease-duration-seconds' | 'node-status-max-images' | 'pods-per-core' | 'image-gc-high-threshold' | 'image-gc-low-threshold' | 'registry-qps' | 'registry-burst' | 'max-parallel-image-pulls' | 'eviction-max-pod-grace-period';

function atLeast(options: NodeOptions, flag: IntFlag, least: number): number {
  const value = options[flag];
  if (value < least) throw new UsageError(`invalid value "${value}" for --${flag}: want ${least} or more`);
  return value;
}

function evictionConfig(options: NodeOptions): Pick<NodeConfig, 'eviction' | 'reserved' | 'enforcePods'> {
  const enforcePods = options['enforce-node-allocatable'].includes('pods');
  const thresholds = parseThresholds({
    hard: options['eviction-hard'] === undefined ? DEFAULT_EVICTION_HARD : belowPairs('eviction-hard', options['eviction-hard']), soft: belowPairs('eviction-soft', options['eviction-soft']),
    softGracePeriod: options['eviction-soft-grace-period'], minimumReclaim: options['eviction-minimum-reclaim'], enforcePods,
  });
  return {
    enforcePods, eviction: { thresholds, transitionMs: options['eviction-pressure-transition-period'], maxPodGraceSeconds: options['eviction-max-pod-grace-period'] },
    reserved: { system: reservation(options, 'system-reserved'), kube: reservation(options, 'kube-reserved'), thresholds },
  };
}

/** `SIGNAL<VALUE,…`. */
function belowPairs(flag: string, text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').filter((one) => one !== '').map((pair) => {
    const at = pair.indexOf('<');
    if (at < 1) throw new UsageError(`invalid value "${pair}" for --${flag}: want SIGNAL<VALUE`);
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  }));
}

const RESERVABLE = new Set(['cpu', 'memory', 'ephemeral-storage', 'pid']);

function reservation(options: NodeOptions, flag: 'system-reserved' | 'kube-reserved'): Record<string, string> {
  for (const [resource, quantity] of Object.entries(options[flag])) {
    if (!RESERVABLE.has(resource)) throw new UsageError(`cannot reserve "${resource}" resource`);
    const fault = quantityFault(quantity);
    if (fault !== undefined) throw new UsageError(`invalid value "${quantity}" for --${flag}: ${fault}`);
    if (quantity.startsWith('-')) throw new UsageError(`resource quantity for "${resource}" cannot be negative: ${quantity}`);
  }
  return options[flag];
}

const VERIFICATIONS: readonly string[] = ['NeverVerify', 'NeverVerifyPreloadedImages', 'NeverVerifyAllowlistedImages', 'AlwaysVerify'] satisfies VerificationPolicy[];

function imagesConfig(options: NodeOptions): NodeConfig['images'] {
  const [highPercent, lowPercent] = [atLeast(options, 'image-gc-high-threshold', 0), atLeast(options, 'image-gc-low-threshold', 0)];
  if (highPercent > 100) throw new UsageError(`invalid HighThresholdPercent ${highPercent}, must be in range [0-100]`);
  if (lowPercent > highPercent) throw new UsageError(`LowThresholdPercent ${lowPercent} can not be higher than HighThresholdPercent ${highPercent}`);
  const verification = options['image-pull-credentials-verification-policy'];
  if (!VERIFICATIONS.includes(verification)) throw new UsageError(`invalid value "${verification}" for --image-pull-credentials-verification-policy: want one of ${VERIFICATIONS.join(', ')}`);
  const [configFile, binDir] = [options['image-credential-provider-config'], options['image-credential-provider-bin-dir']];
  if ((configFile === '') !== (binDir === '')) throw new UsageError('--image-credential-provider-config and --image-credential-provider-bin-dir go together');
  const parallelMax = options['serialize-image-pulls'] ? 1 : atLeast(options, 'max-parallel-image-pulls', 0) || Infinity;
  return {
    policy: { highPercent, lowPercent, minAgeMs: options['minimum-image-ttl-duration'], maxAgeMs: options['image-maximum-gc-age'] },
    pulls: { perSecond: atLeast(options, 'registry-qps', 0), burst: atLeast(options, 'registry-burst', 1), parallelMax },
    providers: { configFile, binDir }, verification: verification as VerificationPolicy, preloaded: options['preloaded-images-verification-allowlist'], // one of them, as just checked
  };
}

const CRITICAL_PRIORITY = 2_000_000_000;

/** From which priority on pods have how long when the host shuts down, lowest first; none when shutdowns are not held up. */
function shutdownGraces(options: NodeOptions): readonly ShutdownGrace[] {
  const byPriority = options['shutdown-grace-period-by-pod-priority'];
  if (byPriority !== '') {
    return byPriority.split(',').map((pair) => {
      const [, priority, seconds] = /^(-?\d+)=(\d+)$/.exec(pair) ?? [];
      if (priority === undefined) throw new UsageError(`invalid value "${pair}" for --shutdown-grace-period-by-pod-priority: want PRIORITY=SECONDS`);
      return { priority: Number(priority), graceSeconds: Number(seconds) };
    }).sort((a, b) => a.priority - b.priority);
  }
  const [total, critical] = [options['shutdown-grace-period'], options['shutdown-grace-period-critical-pods']];
  if (critical > total) throw new UsageError('--shutdown-grace-period-critical-pods must be at most --shutdown-grace-period');
  if (total === 0) return [];
  if (total < 1000 || (critical > 0 && critical < 1000)) throw new UsageError('a shutdown grace period must be 0, or 1s or more');
  return [{ priority: 0, graceSeconds: Math.floor((total - critical) / 1000) }, { priority: CRITICAL_PRIORITY, graceSeconds: Math.floor(critical / 1000) }];
}

function checkedSysctl(pattern: string): string {
  const fault = sysctlPatternFault(pattern);
  if (fault !== undefined) throw new UsageError(`invalid value for --allowed-unsafe-sysctls: ${fault}`);
  return pattern;
}
