import { decodeYaml } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { readFlagFile, UserError } from '@kubernode/component-base';
import { DEFAULT_EVICTION_HARD } from '../eviction/thresholds.ts';

/** What a KubeletConfiguration file comes to: flags, and what in it is not known. */
export interface ConfigurationArguments { args: readonly string[]; unknownFields: readonly string[] }

type Show = (value: unknown) => string;

const plain: Show = (value) => String(value); // numbers, texts and durations are flags as they are
const list: Show = (value) => (value as unknown[]).join(','); // checked to be a list where it is used
const equals: Show = (value) => pairs(value, '=');
const below: Show = (value) => pairs(value, '<');

/** Fields by their path, and the flags that mean the same. */
const FLAGS: Readonly<Record<string, readonly [flag: string, show: Show]>> = {
  address: ['address', plain], port: ['port', plain], healthzPort: ['healthz-port', plain], healthzBindAddress: ['healthz-bind-address', plain], readOnlyPort: ['read-only-port', plain],
  tlsCertFile: ['tls-cert-file', plain], tlsPrivateKeyFile: ['tls-private-key-file', plain], 'authentication.x509.clientCAFile': ['client-ca-file', plain], 'authentication.anonymous.enabled': ['anonymous-auth', plain],
  staticPodPath: ['pod-manifest-path', plain], fileCheckFrequency: ['file-check-frequency', plain], containerRuntimeEndpoint: ['container-runtime-endpoint', plain], podLogsDir: ['pod-logs-dir', plain],
  clusterDomain: ['cluster-domain', plain], clusterDNS: ['cluster-dns', list], resolvConf: ['resolv-conf', plain], podCIDR: ['pod-cidr', plain],
  registerNode: ['register-node', plain], registerWithTaints: ['register-with-taints', taints], maxPods: ['max-pods', plain], podsPerCore: ['pods-per-core', plain], cgroupRoot: ['cgroup-root', plain],
  nodeStatusUpdateFrequency: ['node-status-update-frequency', plain], nodeStatusReportFrequency: ['node-status-report-frequency', plain], nodeLeaseDurationSeconds: ['node-lease-duration-seconds', plain], nodeStatusMaxImages: ['node-status-max-images', plain],
  imageMinimumGCAge: ['minimum-image-ttl-duration', plain], imageMaximumGCAge: ['image-maximum-gc-age', plain], imageGCHighThresholdPercent: ['image-gc-high-threshold', plain], imageGCLowThresholdPercent: ['image-gc-low-threshold', plain],
  registryPullQPS: ['registry-qps', plain], registryBurst: ['registry-burst', plain], serializeImagePulls: ['serialize-image-pulls', plain], maxParallelImagePulls: ['max-parallel-image-pulls', plain],
  imagePullCredentialsVerificationPolicy: ['image-pull-credentials-verification-policy', plain], preloadedImagesVerificationAllowlist: ['preloaded-images-verification-allowlist', list],
  evictionHard: ['eviction-hard', below], evictionSoft: ['eviction-soft', below], evictionSoftGracePeriod: ['eviction-soft-grace-period', equals], evictionMinimumReclaim: ['eviction-minimum-reclaim', equals],
  evictionPressureTransitionPeriod: ['eviction-pressure-transition-period', plain], evictionMaxPodGracePeriod: ['eviction-max-pod-grace-period', plain],
  systemReserved: ['system-reserved', equals], kubeReserved: ['kube-reserved', equals], enforceNodeAllocatable: ['enforce-node-allocatable', list],
  containerLogMaxSize: ['container-log-max-size', plain], containerLogMaxFiles: ['container-log-max-files', plain], seccompDefault: ['seccomp-default', plain],
  enableSystemLogHandler: ['enable-system-log-handler', plain], enableProfilingHandler: ['enable-profiling-handler', plain], enableDebugFlagsHandler: ['enable-debug-flags-handler', plain],
  rotateCertificates: ['rotate-certificates', plain], serverTLSBootstrap: ['rotate-server-certificates', plain],
  shutdownGracePeriod: ['shutdown-grace-period', plain], shutdownGracePeriodCriticalPods: ['shutdown-grace-period-critical-pods', plain], shutdownGracePeriodByPodPriority: ['shutdown-grace-period-by-pod-priority', priorities],
  'tracing.endpoint': ['tracing-endpoint', plain], 'tracing.samplingRatePerMillion': ['tracing-sampling-rate-per-million', plain],
  'logging.verbosity': ['v', plain], 'logging.format': ['logging-format', plain], featureGates: ['feature-gates', equals],
};

/** Fields of Kubernetes that change nothing here, or nothing yet. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'kind', 'apiVersion', 'mergeDefaultEvictionSettings', 'enableServer', 'syncFrequency', 'httpCheckFrequency', 'staticPodURL', 'staticPodURLHeader', 'tlsCipherSuites', 'tlsMinVersion', 'tlsCurvePreferences', 'authorization', 'authentication',
  'eventRecordQPS', 'eventBurst', 'enableDebuggingHandlers', 'enableContentionProfiling', 'oomScoreAdj', 'streamingConnectionIdleTimeout', 'volumeStatsAggPeriod', 'kubeletCgroups', 'systemCgroups',
  'cgroupsPerQOS', 'cgroupDriver', 'cpuManagerPolicy', 'singleProcessOOMKill', 'cpuManagerPolicyOptions', 'cpuManagerReconcilePeriod', 'memoryManagerPolicy', 'topologyManagerPolicy', 'topologyManagerScope',
  'topologyManagerPolicyOptions', 'qosReserved', 'runtimeRequestTimeout', 'hairpinMode', 'podPidsLimit', 'runOnce', 'cpuCFSQuota', 'cpuCFSQuotaPeriod', 'maxOpenFiles', 'contentType', 'kubeAPIQPS', 'kubeAPIBurst',
  'enableControllerAttachDetach', 'protectKernelDefaults', 'makeIPTablesUtilChains', 'iptablesMasqueradeBit', 'iptablesDropBit', 'failSwapOn', 'memorySwap', 'containerLogMaxWorkers',
  'containerLogMonitorInterval', 'configMapAndSecretChangeDetectionStrategy', 'reservedSystemCPUs', 'systemReservedCgroup', 'kubeReservedCgroup', 'showHiddenMetricsForVersion', 'allowedUnsafeSysctls', 'kernelMemcgNotification',
  'volumePluginDir', 'providerID', 'enableSystemLogQuery', 'memoryThrottlingFactor', 'memoryReservationPolicy', 'reservedMemory', 'tracing',
  'localStorageCapacityIsolation', 'imageServiceEndpoint', 'failCgroupV1', 'userNamespaces', 'crashLoopBackOff', 'logging', 'featureGates',
]);

/** The arguments, preceded by those that the file of `--config` means; a flag that is given wins over its field. @throws UserError */
export function withConfiguration(args: readonly string[]): ConfigurationArguments {
  const file = configFile(args);
  if (file === undefined || file === '') return { args, unknownFields: [] };
  const given = new Set(args.map(flagOf));
  const { args: fromFile, unknownFields } = configurationArguments(readFlagFile('config', file), file);
  return { args: [...fromFile.filter((arg) => !given.has(flagOf(arg))), ...args], unknownFields };
}

function configFile(args: readonly string[]): string | undefined {
  const at = args.findLastIndex((arg) => flagOf(arg) === 'config');
  if (at === -1) return undefined;
  const arg = args[at] ?? '';
  return arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : args[at + 1];
}

const flagOf = (arg: string): string => /^--?(?:no-)?([^=]*)/.exec(arg)?.[1] ?? '';

/** The flags that a KubeletConfiguration (YAML or JSON) means. @throws UserError */
export function configurationArguments(text: string, file: string): ConfigurationArguments {
  const config = decode(text, file);
  const args: string[] = [];
  const unknownFields: string[] = [];
  for (const [path, value] of fieldsOf(config)) {
    const known = FLAGS[path];
    const [top = ''] = path.split('.');
    if (known !== undefined) args.push(...argument(known, value, `${file}: ${path}`));
    else if (!WITHOUT_EFFECT.has(top)) unknownFields.push(path);
  }
  return { args: [...args, ...impliedBy(config)], unknownFields };
}

function decode(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try { ({ value } = decodeYaml(text)); } catch (error) { throw new UserError(`${file}: ${errorMessage(error)}`); }
  const config = (value ?? {}) as Record<string, unknown>; // checked next
  if (typeof value !== 'object' || Array.isArray(value) || config['kind'] !== 'KubeletConfiguration' || config['apiVersion'] !== 'kubelet.config.k8s.io/v1beta1') {
    throw new UserError(`${file}: want kind KubeletConfiguration in version kubelet.config.k8s.io/v1beta1`);
  }
  return config;
}

/** Leaves by path; fields of which a part has a flag are entered. */
function fieldsOf(config: Record<string, unknown>, prefix = ''): [string, unknown][] {
  return Object.entries(config).flatMap(([name, value]): [string, unknown][] => {
    const path = prefix + name;
    const entered = Object.keys(FLAGS).some((known) => known.startsWith(`${path}.`)) && typeof value === 'object' && value !== null;
    return entered ? fieldsOf(value as Record<string, unknown>, `${path}.`) : [[path, value]]; // an object, as just seen
  });
}

function argument([flag, show]: readonly [string, Show], value: unknown, at: string): string[] {
  if (value === null || value === undefined) return [];
  if ((show === list || show === taints || show === priorities) !== Array.isArray(value)) throw new UserError(`${at}: want ${Array.isArray(value) ? 'one value' : 'a list'}`);
  if ((show === equals || show === below) && typeof value !== 'object') throw new UserError(`${at}: want a map`);
  return [`--${flag}=${show(value)}`];
}

/** Defaults that follow from other fields. */
function impliedBy({ serializeImagePulls, maxParallelImagePulls, nodeStatusUpdateFrequency, nodeStatusReportFrequency, mergeDefaultEvictionSettings, evictionHard }: Record<string, unknown>): string[] {
  return [
    ...(mergeDefaultEvictionSettings === true && evictionHard !== undefined && evictionHard !== null ? [`--eviction-hard=${below({ ...DEFAULT_EVICTION_HARD, ...evictionHard })}`] : []),
    ...(serializeImagePulls === undefined && typeof maxParallelImagePulls === 'number' && maxParallelImagePulls >= 2 ? ['--serialize-image-pulls=false'] : []),
    ...(nodeStatusReportFrequency === undefined && nodeStatusUpdateFrequency !== undefined ? [`--node-status-report-frequency=${String(nodeStatusUpdateFrequency)}`] : []),
  ];
}

function pairs(value: unknown, separator: string): string {
  return Object.entries(value as Record<string, unknown>).map(([key, one]) => `${key}${separator}${String(one)}`).join(','); // checked to be a map
}

function taints(value: unknown): string {
  return (value as { key?: string; value?: string; effect?: string }[]).map(({ key = '', value: text, effect = '' }) => `${key}${text === undefined ? '' : `=${text}`}:${effect}`).join(','); // the flag's own check follows
}

function priorities(value: unknown): string {
  return (value as { priority?: number; shutdownGracePeriodSeconds?: number }[]).map(({ priority = 0, shutdownGracePeriodSeconds = 0 }) => `${priority}=${shutdownGracePeriodSeconds}`).join(','); // as above
}
