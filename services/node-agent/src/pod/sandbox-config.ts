import path from 'node:path';
import type { cri } from '@kubernode/rpc';
import { annotationKeys, labelKeys } from '../cri/labels.ts';
import type { DnsConfig } from './dns-config.ts';
import { allContainers, isHostNetwork, mainContainers, type Pod, podUid, qosClass } from './pod-facts.ts';

export interface SandboxInput {
  pod: Pod;
  attempt: number;
  hostname: string;
  dns: DnsConfig;
  logDirectory: string;
  cgroupParent: string;
  /** When the node agent first saw the pod, RFC 3339. */
  seenAt: string;
}

/** What the runtime needs to make a pod's sandbox. */
export function sandboxConfig({ pod, attempt, hostname, dns, logDirectory, cgroupParent, seenAt }: SandboxInput): cri.PodSandboxConfig {
  const hostNetwork = isHostNetwork(pod);
  return {
    metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace ?? '', uid: podUid(pod), attempt },
    hostname: hostNetwork ? '' : hostname, // a pod on the host's network has no name of its own to set
    logDirectory,
    dnsConfig: dns,
    portMappings: hostNetwork ? [] : portMappings(pod),
    labels: { ...pod.metadata.labels, [labelKeys.podName]: pod.metadata.name, [labelKeys.podNamespace]: pod.metadata.namespace ?? '', [labelKeys.podUid]: podUid(pod) },
    annotations: { ...pod.metadata.annotations, [annotationKeys.configSeen]: seenAt, [annotationKeys.configSource]: 'api' },
    linux: {
      cgroupParent,
      sysctls: Object.fromEntries((pod.spec?.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value])),
      securityContext: sandboxSecurity(pod),
    },
  };
}

function sandboxSecurity(pod: Pod): cri.LinuxSandboxSecurityContext {
  const { runAsUser, runAsGroup, supplementalGroups = [], fsGroup } = pod.spec?.securityContext ?? {};
  return {
    namespaceOptions: namespaceOptions(pod),
    // The sandbox must be privileged for any of its containers to be.
    privileged: allContainers(pod).some((container) => container.securityContext?.privileged === true),
    ...(runAsUser !== undefined && { runAsUser: { value: runAsUser } }),
    ...(runAsUser !== undefined && runAsGroup !== undefined && { runAsGroup: { value: runAsGroup } }),
    supplementalGroups: [...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])],
    seccomp: { profileType: 'RuntimeDefault' },
  };
}

export function namespaceOptions(pod: Pod): cri.NamespaceOption {
  const { hostPID = false, hostIPC = false, shareProcessNamespace = false } = pod.spec ?? {};
  const pid = hostPID ? 'NODE' : shareProcessNamespace ? 'POD' : 'CONTAINER';
  return { network: isHostNetwork(pod) ? 'NODE' : 'POD', pid, ipc: hostIPC ? 'NODE' : 'POD' };
}

function portMappings(pod: Pod): cri.PortMapping[] {
  return mainContainers(pod).flatMap((container) => container.ports ?? [])
    .filter(({ hostPort = 0 }) => hostPort > 0)
    .map(({ containerPort, hostPort = 0, hostIP = '', protocol = 'TCP' }) => ({ containerPort, hostPort, hostIp: hostIP, protocol: protocol as cri.Protocol })); // validated: TCP, UDP or SCTP
}

/** The control group of a pod below the node agent's root: guaranteed pods directly, others below their class. */
export function cgroupParent(pod: Pod, cgroupRoot: string): string {
  const qos = qosClass(pod);
  return path.posix.join(cgroupRoot, 'kubepods', qos === 'Guaranteed' ? '' : qos.toLowerCase(), `pod${podUid(pod)}`);
}

/** Where a pod's control group may be: of a pod whose object is gone, the class is not known. */
export function cgroupParents(pod: Pod, cgroupRoot: string): readonly string[] {
  if (pod.spec !== undefined) return [cgroupParent(pod, cgroupRoot)];
  return ['', 'burstable', 'besteffort'].map((qos) => path.posix.join(cgroupRoot, 'kubepods', qos, `pod${podUid(pod)}`));
}
