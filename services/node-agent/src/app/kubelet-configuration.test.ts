import { parseOptions } from '@kubernode/component-base';
import { configurationArguments } from './kubelet-configuration.ts';
import { nodeConfig } from './node-config.ts';
import { nodeOptions } from './node-options.ts';

const HEAD = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
const config = (yaml: string, ...flags: string[]): ReturnType<typeof nodeConfig> => nodeConfig(parseOptions(nodeOptions, [...configurationArguments(HEAD + yaml, 'f').args, '--resolv-conf=', ...flags]).options);

test('configurationArguments: fields mean what their flags mean', () => {
  expect(config(`
port: 1234
healthzPort: 0
authentication: {anonymous: {enabled: true}, webhook: {enabled: true}}
clusterDNS: [10.96.0.10, "fd00::10"]
maxPods: 42
staticPodPath: /manifests
evictionHard: {memory.available: 5%}
evictionSoft: {nodefs.available: 1Gi}
evictionSoftGracePeriod: {nodefs.available: 1m}
systemReserved: {cpu: 100m}
registerWithTaints: [{key: a, value: b, effect: NoSchedule}, {key: c, effect: NoExecute}]
maxParallelImagePulls: 4
nodeStatusUpdateFrequency: 20s
shutdownGracePeriodByPodPriority: [{priority: 1000, shutdownGracePeriodSeconds: 10}, {priority: 0, shutdownGracePeriodSeconds: 60}]
imageMaximumGCAge: 24h
rotateCertificates: true
serverTLSBootstrap: true
`)).toMatchObject({
    server: { port: 1234, anonymous: true }, healthz: { port: 0 }, clusterDns: { servers: ['10.96.0.10', 'fd00::10'] }, maxPods: 42, staticPods: { path: '/manifests' }, statusUpdateMs: 20_000, statusReportMs: 20_000,
    eviction: { thresholds: [{ signal: 'memory.available', value: { share: 0.05 } }, { signal: 'nodefs.available', graceMs: 60_000 }, { signal: 'allocatableMemory.available' }] }, reserved: { system: { cpu: '100m' } },
    taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }, { key: 'c', effect: 'NoExecute' }], images: { pulls: { parallelMax: 4 }, policy: { maxAgeMs: 86_400_000 } }, shutdown: [{ priority: 0, graceSeconds: 60 }, { priority: 1000, graceSeconds: 10 }], certificates: { rotateServer: true },
  });
});

test('nodeConfig: without anything, as the kubelet defaults', () => {
  expect(nodeConfig(parseOptions(nodeOptions, ['--resolv-conf=']).options)).toMatchObject({
    maxPods: 110, statusUpdateMs: 10_000, statusReportMs: 300_000, leaseSeconds: 40, imagesMax: 50, enforcePods: true, shutdown: [], images: { policy: { highPercent: 85, lowPercent: 80, minAgeMs: 120_000, maxAgeMs: 0 }, pulls: { perSecond: 5, burst: 10, parallelMax: 1 }, verification: 'NeverVerifyPreloadedImages' },
    eviction: { transitionMs: 300_000, maxPodGraceSeconds: 0, thresholds: ['memory.available', 'nodefs.available', 'nodefs.inodesFree', 'imagefs.available', 'imagefs.inodesFree', 'allocatableMemory.available'].map((signal) => ({ signal, graceMs: 0 })) },
  });
});

test('nodeConfig: grace periods of a shutdown by criticality', () => {
  expect(config('shutdownGracePeriod: 30s\nshutdownGracePeriodCriticalPods: 10s').shutdown).toEqual([{ priority: 0, graceSeconds: 20 }, { priority: 2_000_000_000, graceSeconds: 10 }]);
});

test('configurationArguments: hard thresholds stand alone, or with the defaults where that is asked for', () => {
  const signals = (yaml: string): string[] => config(yaml).eviction.thresholds.map(({ signal }) => signal).filter((signal) => !signal.startsWith('allocatable'));
  expect([signals('evictionHard: {pid.available: 5%}'), signals('evictionHard: {pid.available: 5%, nodefs.available: 0%}\nmergeDefaultEvictionSettings: true')]).toEqual([['pid.available'], ['memory.available', 'nodefs.inodesFree', 'imagefs.available', 'imagefs.inodesFree', 'pid.available']]);
});

test('configurationArguments: fields that are not known are told, those without effect are not', () => {
  expect(configurationArguments(`${HEAD}cpuManagerPolicy: static\nnoSuchField: 1\nlogging: {verbosity: 3, format: json}`, 'f')).toEqual({ args: ['--v=3', '--logging-format=json'], unknownFields: ['noSuchField'] });
});

test.each([
  ['another kind', 'kind: Pod\napiVersion: v1', 'f: want kind KubeletConfiguration in version kubelet.config.k8s.io/v1beta1'], ['no YAML', 'a: [', 'f: yaml:'], ['a list', '[]', 'f: want kind KubeletConfiguration'],
  ['one value for a list', `${HEAD}clusterDNS: 10.0.0.1`, 'f: clusterDNS: want a list'], ['a list for one value', `${HEAD}port: [1]`, 'f: port: want one value'], ['no map', `${HEAD}evictionHard: x`, 'f: evictionHard: want a map'],
])('configurationArguments: %s is refused', (_what, text, fault) => { expect(() => configurationArguments(text, 'f')).toThrow(fault); });

test.each([
  ['--image-gc-low-threshold=90', 'LowThresholdPercent 90 can not be higher than HighThresholdPercent 85'], ['--eviction-hard=memory.available=1', 'invalid value "memory.available=1" for --eviction-hard'], ['--system-reserved=gpu=1', 'cannot reserve "gpu" resource'],
  ['--kube-reserved=cpu=-1', 'resource quantity for "cpu" cannot be negative: -1'], ['--shutdown-grace-period-critical-pods=5s', 'must be at most --shutdown-grace-period'], ['--image-pull-credentials-verification-policy=x', 'want one of'],
])('nodeConfig: %s is refused', (flag, fault) => { expect(() => config('', flag)).toThrow(fault); });

test('configurationArguments: profiles, flags and traces', () => {
  expect(config('').server).toMatchObject({ profiling: true, debugFlags: true });
  expect(config('enableProfilingHandler: false\nenableDebugFlagsHandler: false\n').server).toMatchObject({ profiling: false, debugFlags: false });
  expect(configurationArguments(`${HEAD}tracing: {endpoint: "collector:4317", samplingRatePerMillion: 7}\n`, 'f')).toEqual({ args: ['--tracing-endpoint=collector:4317', '--tracing-sampling-rate-per-million=7'], unknownFields: [] });
});
