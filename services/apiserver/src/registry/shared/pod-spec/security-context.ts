import type { coreV1 } from '@kubernode/api';
import { duplicate, invalidValue, rangeFault, required, type FieldError } from '@kubernode/apimachinery';
import { internalJson } from '../go-text/internal-json.ts';
import { oneOf } from '../value-rules.ts';
import { appArmorFaults, seccompFaults } from './security-profiles.ts';
import { windowsOptionFaults } from './windows.ts';

const ID_MAX = 2 ** 31 - 1;
const PROC_MOUNTS: readonly string[] = ['Default', 'Unmasked'];

/** User and group ids as the kernel takes them. */
export function idFaults(id: number | undefined, path: string): FieldError[] {
  return id === undefined || (id >= 0 && id <= ID_MAX) ? [] : [invalidValue(path, id, rangeFault(0, ID_MAX))];
}

export function containerSecurityFaults(context: Readonly<coreV1.SecurityContext> | undefined, path: string, { hostUsers }: { hostUsers: boolean }): FieldError[] {
  if (context === undefined) return [];
  const { runAsUser, runAsGroup, procMount, seccompProfile, allowPrivilegeEscalation, privileged, capabilities, windowsOptions, appArmorProfile } = context;
  const errors = [...idFaults(runAsUser, `${path}.runAsUser`), ...idFaults(runAsGroup, `${path}.runAsGroup`), ...oneOf(procMount, `${path}.procMount`, PROC_MOUNTS)];
  if (hostUsers && procMount === 'Unmasked') errors.push(invalidValue(`${path}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'));
  errors.push(...seccompFaults(seccompProfile, `${path}.seccompProfile`));
  if (allowPrivilegeEscalation === false) {
    const shown = internalJson('SecurityContext', context);
    if (privileged === true) errors.push(invalidValue(path, shown, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
    for (const one of capabilities?.add ?? []) if (one === 'CAP_SYS_ADMIN') errors.push(invalidValue(path, shown, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'));
  }
  return [...errors, ...windowsOptionFaults(windowsOptions, `${path}.windowsOptions`), ...appArmorFaults(appArmorProfile, `${path}.appArmorProfile`)];
}

/** Volumes are labelled by mounting only where a pod has been let to say how before: the feature is off. */
export function podSecurityFaults(spec: Readonly<coreV1.PodSpec>, path: string, { anySeLinuxPolicy }: { anySeLinuxPolicy: boolean }): FieldError[] {
  const { securityContext: context, shareProcessNamespace } = spec;
  if (context === undefined) return [];
  const errors = [...idFaults(context.fsGroup, `${path}.fsGroup`), ...idFaults(context.runAsUser, `${path}.runAsUser`), ...idFaults(context.runAsGroup, `${path}.runAsGroup`)];
  for (const [index, group] of (context.supplementalGroups ?? []).entries()) errors.push(...idFaults(group, `${path}.supplementalGroups[${index}]`));
  if (shareProcessNamespace === true && spec.hostPID === true) errors.push(invalidValue(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'));
  return [
    ...errors, ...sysctlFaults(spec, `${path}.sysctls`), ...oneOf(context.fsGroupChangePolicy, `${path}.fsGroupChangePolicy`, ['Always', 'OnRootMismatch']),
    ...seccompFaults(context.seccompProfile, `${path}.seccompProfile`), ...windowsOptionFaults(context.windowsOptions, `${path}.windowsOptions`),
    ...appArmorFaults(context.appArmorProfile, `${path}.appArmorProfile`), ...oneOf(context.supplementalGroupsPolicy, `${path}.supplementalGroupsPolicy`, ['Merge', 'Strict']),
    ...oneOf(context.seLinuxChangePolicy, `${path}.seLinuxChangePolicy`, anySeLinuxPolicy ? ['MountOption', 'Recursive'] : ['Recursive']),
  ];
}

const SYSCTL_LENGTH_MAX = 253;
const SYSCTL_PART = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL_PATTERN = `^(${SYSCTL_PART}[\\./])*${SYSCTL_PART}$`;
const SYSCTL = new RegExp(SYSCTL_PATTERN);

function sysctlFaults({ securityContext, hostNetwork, hostIPC }: Readonly<coreV1.PodSpec>, path: string): FieldError[] {
  const names = new Set<string>();
  return (securityContext?.sysctls ?? []).flatMap(({ name = '' }: Partial<coreV1.Sysctl>, index) => {
    const at = `${path}[${index}].name`;
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(at));
    else if (name.length > SYSCTL_LENGTH_MAX || !SYSCTL.test(name)) errors.push(invalidValue(at, name, `must have at most ${SYSCTL_LENGTH_MAX} characters and match regex ${SYSCTL_PATTERN}`));
    else if (names.has(name)) errors.push(duplicate(at, name));
    names.add(name);
    const namespace = kernelNamespace(name);
    if (hostNetwork === true && namespace === 'net') errors.push(invalidValue(at, name, "may not be specified when 'hostNetwork' is true"));
    else if (hostIPC === true && namespace === 'ipc') errors.push(invalidValue(at, name, "may not be specified when 'hostIPC' is true"));
    return errors;
  });
}

/** Whose setting a sysctl is: that of a network, of processes that share memory, or the kernel's own. Slashes may stand for dots. */
function kernelNamespace(sysctl: string): 'net' | 'ipc' | undefined {
  const separator = /[./]/.exec(sysctl)?.[0];
  const name = separator === '/' ? sysctl.replace(/[./]/g, (one) => (one === '/' ? '.' : '/')) : sysctl;
  if (name.startsWith('net.')) return 'net';
  return IPC_SYSCTLS.has(name) || name.startsWith('fs.mqueue.') ? 'ipc' : undefined;
}

const IPC_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.sem', 'kernel.shm', 'kernel.shmall', 'kernel.shmmax', 'kernel.shmmni', 'kernel.shm_rmid_forced', 'kernel.msg', 'kernel.msgmax', 'kernel.msgmnb', 'kernel.msgmni',
]);
