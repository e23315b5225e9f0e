import path from 'node:path';
import type { coreV1 } from '@kubernode/api';
import type { cri } from '@kubernode/rpc';
import type { ImageInfo } from '../cri/cri-runtime.ts';
import { ContainerConfigError } from './compute-environment.ts';
import { type Container, formatPod, type Pod } from './pod-facts.ts';
import { namespaceOptions, supplementalGroups } from './pod-security.ts';

const MASKED_PATHS = [
  '/proc/asound', '/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list', '/proc/timer_stats', '/proc/sched_debug',
  '/proc/scsi', '/sys/firmware', '/sys/devices/virtual/powercap',
];
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export interface SecurityInput {
  pod: Pod;
  container: Container;
  image: ImageInfo;
  seccompDefault: boolean;
  /** Where profiles of the node are kept. */
  seccompRoot: string;
  /** The container whose processes an ephemeral one is to see. */
  targetId?: string | undefined;
  userNamespace: cri.UserNamespace;
  /** Groups that volumes add to the pod's own. */
  groups: readonly number[];
}

/** The container's security settings over the pod's, as the runtime takes them. Throws where the image breaks runAsNonRoot. */
export function containerSecurity(input: SecurityInput): cri.LinuxContainerSecurityContext {
  const { pod, container, image } = input;
  const ofPod = pod.spec?.securityContext ?? {};
  const own = container.securityContext ?? {};
  const runAsUser = own.runAsUser ?? ofPod.runAsUser;
  const runAsGroup = own.runAsGroup ?? ofPod.runAsGroup;
  const selinux = own.seLinuxOptions ?? ofPod.seLinuxOptions;
  if ((own.runAsNonRoot ?? ofPod.runAsNonRoot) === true) assertNonRoot({ pod, container, image, runAsUser });
  const isUnmasked = own.procMount === 'Unmasked';
  return {
    privileged: own.privileged === true,
    namespaceOptions: containerNamespaces(input),
    ...(own.capabilities !== undefined && { capabilities: { addCapabilities: own.capabilities.add ?? [], dropCapabilities: own.capabilities.drop ?? [] } }),
    ...(selinux !== undefined && { selinuxOptions: selinux }),
    ...userOf(image, runAsUser),
    ...(runAsGroup !== undefined && { runAsGroup: { value: runAsGroup } }),
    readonlyRootfs: own.readOnlyRootFilesystem === true,
    ...supplementalGroups(pod, input.groups),
    noNewPrivs: own.allowPrivilegeEscalation === false,
    maskedPaths: isUnmasked ? [] : MASKED_PATHS,
    readonlyPaths: isUnmasked ? [] : READONLY_PATHS,
    seccomp: seccompProfile(own.seccompProfile ?? ofPod.seccompProfile, input),
    ...appArmor(own.appArmorProfile ?? ofPod.appArmorProfile),
  };
}

/** The image's own user where nobody says another. */
function userOf({ uid, username }: ImageInfo, runAsUser: number | undefined): Pick<cri.LinuxContainerSecurityContext, 'runAsUser' | 'runAsUsername'> {
  if (runAsUser !== undefined) return { runAsUser: { value: runAsUser } };
  return uid === undefined && username !== '' ? { runAsUsername: username } : { runAsUser: { value: uid ?? 0 } };
}

function containerNamespaces({ pod, targetId, userNamespace }: SecurityInput): cri.NamespaceOption {
  const options = namespaceOptions(pod, userNamespace);
  return targetId !== undefined && options.pid === 'CONTAINER' ? { ...options, pid: 'TARGET', targetId } : options;
}

function assertNonRoot({ pod, container, image, runAsUser }: { pod: Pod; container: Container; image: ImageInfo; runAsUser: number | undefined }): void {
  const where = `(pod: "${formatPod(pod)}", container: ${container.name})`;
  if (runAsUser === 0) throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
  if (runAsUser !== undefined) return;
  if (image.uid === 0 || (image.uid === undefined && image.username === '')) throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  if (image.uid === undefined) throw new ContainerConfigError(`container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`);
}

function seccompProfile(profile: coreV1.SeccompProfile | undefined, { seccompDefault, seccompRoot }: SecurityInput): cri.SecurityProfile {
  switch (profile?.type) {
    case undefined: return { profileType: seccompDefault ? 'RuntimeDefault' : 'Unconfined' };
    case 'RuntimeDefault': return { profileType: 'RuntimeDefault' };
    case 'Localhost':
      if ((profile.localhostProfile ?? '') === '') throw new ContainerConfigError('localhostProfile must be set if seccompProfile type is Localhost.');
      return { profileType: 'Localhost', localhostRef: path.join(seccompRoot, profile.localhostProfile ?? '') }; // validated: leads nowhere else
    default: return { profileType: 'Unconfined' };
  }
}

function appArmor(profile: coreV1.AppArmorProfile | undefined): Pick<cri.LinuxContainerSecurityContext, 'apparmor' | 'apparmorProfile'> {
  switch (profile?.type) {
    case undefined: return {};
    case 'RuntimeDefault': return { apparmor: { profileType: 'RuntimeDefault' }, apparmorProfile: 'runtime/default' };
    case 'Localhost': {
      if (profile.localhostProfile === undefined) throw new ContainerConfigError('missing localhost apparmor profile name');
      return { apparmor: { profileType: 'Localhost', localhostRef: profile.localhostProfile }, apparmorProfile: `localhost/${profile.localhostProfile}` };
    }
    default: return { apparmor: { profileType: 'Unconfined' }, apparmorProfile: 'unconfined' };
  }
}
