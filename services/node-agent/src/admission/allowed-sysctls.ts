import type { Pod } from '../pod/pod-facts.ts';
import { normaliseSysctl } from '../pod/sandbox-config.ts';
import type { Refusal } from '../pod-workers/pod-end.ts';

/** Kernel settings that are a pod's own and can hurt no other. */
const SAFE = [
  'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem',
];
/** Prefixes and names of what belongs to a namespace, and to which. */
const NAMESPACES: readonly (readonly [string, 'IPC' | 'net'])[] = [['kernel.shm', 'IPC'], ['kernel.msg', 'IPC'], ['fs.mqueue.', 'IPC'], ['kernel.sem', 'IPC'], ['net.', 'net']];

/** Why a list of settings that an administrator allows cannot be; undefined when it can. `*` at the end stands for anything. */
export function sysctlPatternFault(pattern: string): string | undefined {
  if (!/^[a-z0-9]([-_a-z0-9]*[a-z0-9])?([./][a-z0-9]([-_a-z0-9]*[a-z0-9])?)*([./]\*|\*)?$/.test(pattern) || pattern.length > 253) return `sysctl "${pattern}" must have at most 253 characters and match regex`;
  return namespaceOf(normaliseSysctl(pattern)) === undefined ? `the sysctls "${pattern}" are not known to be namespaced` : undefined;
}

/** A pod may set what is safe, and what the node's administrator allows beyond that. */
export function sysctlRefusal({ spec }: Pod, allowedUnsafe: readonly string[]): Refusal | undefined {
  const allowed = [...SAFE, ...allowedUnsafe.map(normaliseSysctl)];
  for (const { name: given } of spec?.securityContext?.sysctls ?? []) {
    const name = normaliseSysctl(given);
    const fault = !allowed.some((pattern) => fits(pattern, name)) ? `"${name}" not allowlisted`
      : namespaceOf(name) === 'IPC' && spec?.hostIPC === true ? `"${name}" not allowed with host IPC enabled`
        : namespaceOf(name) === 'net' && spec?.hostNetwork === true ? `"${name}" not allowed with host Net enabled` : undefined;
    if (fault !== undefined) return { reason: 'SysctlForbidden', message: `forbidden sysctl: ${fault}` };
  }
  return undefined;
}

function fits(pattern: string, name: string): boolean { return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern; }

function namespaceOf(name: string): 'IPC' | 'net' | undefined { return NAMESPACES.find(([prefix]) => name.startsWith(prefix))?.[1]; }
