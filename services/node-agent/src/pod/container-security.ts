import type { coreV1 } from '@kubernode/api';
import type { cri } from '@kubernode/rpc';
import type { ImageInfo } from '../cri/cri-runtime.ts';
import { ContainerConfigError } from './compute-environment.ts';
import { type Container, formatPod, type Pod } from './pod-facts.ts';
import { namespaceOptions } from './sandbox-config.ts';

const MASKED_PATHS = [
  '/proc/asound', '/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list', '/proc/timer_stats', '/proc/sched_debug',
  '/proc/scsi', '/sys/firmware', '/sys/devices/virtual/powercap',
];
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export interface SecurityInput { pod: Pod; container: Container; image: ImageInfo; seccompDefault: boolean }

/** The container's security settings over the pod's, as the runtime takes them. Throws where the image breaks runAsNonRoot. */
export function containerSecurity({ pod, container, image, seccompDefault }: SecurityInput): cri.LinuxContainerSecurityContext {
  const ofPod = pod.spec?.securityContext ?? {};
  const own = container.securityContext ?? {};
  const runAsUser = own.runAsUser ?? ofPod.runAsUser;
  const runAsGroup = own.runAsGroup ?? ofPod.runAsGroup;
  const privileged = own.privileged === true;
  if ((own.runAsNonRoot ?? ofPod.runAsNonRoot) === true) assertNonRoot({ pod, container, image, runAsUser });
  const unmasked = own.procMount === 'Unmasked' || privileged;
  return {
    privileged,
    namespaceOptions: namespaceOptions(pod),
    capabilities: { addCapabilities: own.capabilities?.add ?? [], dropCapabilities: own.capabilities?.drop ?? [] },
    ...(runAsUser !== undefined && { runAsUser: { value: runAsUser } }),
    ...(runAsUser !== undefined && runAsGroup !== undefined && { runAsGroup: { value: runAsGroup } }),
    readonlyRootfs: own.readOnlyRootFilesystem === true,
    supplementalGroups: [...(ofPod.supplementalGroups ?? []), ...(ofPod.fsGroup === undefined ? [] : [ofPod.fsGroup])],
    noNewPrivs: own.allowPrivilegeEscalation === false,
    maskedPaths: unmasked ? [] : MASKED_PATHS,
    readonlyPaths: unmasked ? [] : READONLY_PATHS,
    seccomp: seccompProfile(own.seccompProfile ?? ofPod.seccompProfile, { privileged, seccompDefault }),
  };
}

function assertNonRoot({ pod, container, image, runAsUser }: { pod: Pod; container: Container; image: ImageInfo; runAsUser: number | undefined }): void {
  const where = `(pod: "${formatPod(pod)}", container: ${container.name})`;
  if (runAsUser === 0) throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
  if (runAsUser !== undefined) return;
  if (image.uid === 0 || (image.uid === undefined && image.username === '')) throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  if (image.uid === undefined) throw new ContainerConfigError(`container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`);
}

function seccompProfile(profile: coreV1.SeccompProfile | undefined, { privileged, seccompDefault }: { privileged: boolean; seccompDefault: boolean }): cri.SecurityProfile {
  if (privileged) return { profileType: 'Unconfined' };
  if (profile?.type === 'Localhost') return { profileType: 'Localhost', localhostRef: profile.localhostProfile ?? '' };
  if (profile?.type === 'RuntimeDefault' || (profile === undefined && seccompDefault)) return { profileType: 'RuntimeDefault' };
  return { profileType: 'Unconfined' };
}
