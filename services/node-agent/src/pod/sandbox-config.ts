import { milliOf, type Quantity, unitsOf } from '@kubernode/apimachinery';
import { podTotals } from '@kubernode/quota';
import type { cri } from '@kubernode/rpc';
import { annotationKeys, labelKeys } from '../cri/labels.ts';
import { isStaticPod } from './pod-origin.ts';
import { bytes, milliCpu } from './amounts.ts';
import { CPU_PERIOD_US, cpuQuota, cpuShares } from './container-resources.ts';
import type { DnsConfig } from './dns-config.ts';
import { allContainers, isHostNetwork, mainContainers, type Pod, podUid } from './pod-facts.ts';
import { namespaceOptions, supplementalGroups } from './pod-security.ts';

export interface SandboxInput {
  pod: Pod;
  attempt: number;
  hostname: string;
  dns: DnsConfig;
  logDirectory: string;
  cgroupParent: string;
  /** When the node agent first saw the pod, RFC 3339. */
  seenAt: string;
  userNamespace: cri.UserNamespace;
}

/** What the runtime needs to make a pod's sandbox. */
export function sandboxConfig({ pod, attempt, hostname, dns, logDirectory, cgroupParent, seenAt, userNamespace }: SandboxInput): cri.PodSandboxConfig {
  const hostNetwork = isHostNetwork(pod);
  return {
    metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace ?? '', uid: podUid(pod), attempt },
    hostname: hostNetwork ? '' : hostname, // a pod on the host's network has no name of its own to set
    logDirectory,
    dnsConfig: dns,
    portMappings: hostNetwork ? [] : portMappings(pod),
    labels: { ...pod.metadata.labels, [labelKeys.podName]: pod.metadata.name, [labelKeys.podNamespace]: pod.metadata.namespace ?? '', [labelKeys.podUid]: podUid(pod) },
    annotations: { ...pod.metadata.annotations, [annotationKeys.configSeen]: seenAt, [annotationKeys.configSource]: isStaticPod(pod) ? 'file' : 'api' },
    linux: {
      cgroupParent,
      sysctls: Object.fromEntries((pod.spec?.securityContext?.sysctls ?? []).map(({ name, value }) => [normaliseSysctl(name), value])),
      securityContext: sandboxSecurity(pod, userNamespace),
      ...sandboxResources(pod),
    },
  };
}

/** What a runtime that isolates more than processes sizes the sandbox by: the pod's own amounts, and what the sandbox costs itself. */
function sandboxResources({ spec }: Pod): Pick<cri.LinuxPodSandboxConfig, 'resources' | 'overhead'> {
  if (spec === undefined) return {};
  const requests = podTotals(spec, 'requests', { overhead: false });
  const limits = podTotals(spec, 'limits', { overhead: false });
  const milli = (quantity: Quantity | undefined): number => (quantity === undefined ? 0 : Number(milliOf(quantity)));
  const amounts = (cpuRequest: number, cpuLimit: number, memoryLimit: number): cri.LinuxContainerResources => (
    { cpuShares: cpuShares(cpuRequest), cpuPeriod: CPU_PERIOD_US, cpuQuota: cpuQuota(cpuLimit), memoryLimitInBytes: memoryLimit });
  const memory = limits.get('memory');
  const overheadCpu = milliCpu(spec.overhead?.['cpu']);
  return {
    resources: amounts(milli(requests.get('cpu') ?? limits.get('cpu')), milli(limits.get('cpu')), memory === undefined ? 0 : Number(unitsOf(memory))),
    overhead: spec.overhead === undefined ? {} : amounts(overheadCpu, overheadCpu, bytes(spec.overhead['memory'])),
  };
}

/** `net/ipv4/conf/eno1.100/rp_filter` → `net.ipv4.conf.eno1/100.rp_filter`: the first separator that is used is the one. */
export function normaliseSysctl(name: string): string {
  const [first] = /[./]/.exec(name) ?? [];
  return first === '/' ? name.replace(/[./]/g, (one) => (one === '/' ? '.' : '/')) : name;
}

function sandboxSecurity(pod: Pod, userNamespace: cri.UserNamespace): cri.LinuxSandboxSecurityContext {
  const { runAsUser, runAsGroup, seLinuxOptions } = pod.spec?.securityContext ?? {};
  return {
    namespaceOptions: namespaceOptions(pod, userNamespace),
    // The sandbox must be privileged for any of its containers to be.
    privileged: allContainers(pod).some((container) => container.securityContext?.privileged === true),
    ...(runAsUser !== undefined && { runAsUser: { value: runAsUser } }),
    ...(runAsUser !== undefined && runAsGroup !== undefined && { runAsGroup: { value: runAsGroup } }), // the runtime takes no group alone
    ...supplementalGroups(pod),
    ...(seLinuxOptions !== undefined && { selinuxOptions: seLinuxOptions }),
    seccomp: { profileType: 'RuntimeDefault' },
  };
}

function portMappings(pod: Pod): cri.PortMapping[] {
  return mainContainers(pod).flatMap((container) => container.ports ?? [])
    .filter(({ hostPort = 0 }) => hostPort > 0)
    .map(({ containerPort, hostPort = 0, hostIP = '', protocol = 'TCP' }) => ({ containerPort, hostPort, hostIp: hostIP, protocol: protocol as cri.Protocol })); // validated: TCP, UDP or SCTP
}
