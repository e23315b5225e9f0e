import type { coreV1 } from '@kubernode/api';
import { containerList, containersOf, hasUserNamespace, namesWhere, plural, quoted, setters, sorted, type Check, type PodView, type Violation } from './check.ts';

const CAPABILITIES: ReadonlySet<string> = new Set([
  'AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT',
]);
const SYSCTLS = ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start'];
const SYSCTLS_27 = [...SYSCTLS, 'net.ipv4.ip_local_reserved_ports'];
const SYSCTLS_29 = [...SYSCTLS_27, 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes'];
const SYSCTLS_32 = [...SYSCTLS_29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];
const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t'];
const SELINUX_TYPES_31 = [...SELINUX_TYPES, 'container_engine_t'];
const APP_ARMOR_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';

/** What no pod of a shared cluster needs. In the order in which violations are told. */
export const baselineChecks: readonly Check[] = [
  { id: 'appArmorProfile', versions: [{ since: 0, check: appArmorProfile }] },
  { id: 'capabilities_baseline', versions: [{ since: 0, check: capabilities }] },
  { id: 'hostNamespaces', versions: [{ since: 0, check: hostNamespaces }] },
  { id: 'hostPathVolumes', versions: [{ since: 0, check: hostPathVolumes }] },
  { id: 'hostPorts', versions: [{ since: 0, check: hostPorts }] },
  { id: 'hostProbesAndHostLifecycle', versions: [{ since: 34, check: hostHandlers }] },
  { id: 'privileged', versions: [{ since: 0, check: privileged }] },
  { id: 'procMount', versions: [{ since: 0, check: procMount }, { since: 35, check: (pod) => (hasUserNamespace(pod.spec) ? undefined : procMount(pod)) }] },
  { id: 'seLinuxOptions', versions: [{ since: 0, check: (pod) => seLinuxOptions(pod, SELINUX_TYPES) }, { since: 31, check: (pod) => seLinuxOptions(pod, SELINUX_TYPES_31) }] },
  { id: 'seccompProfile_baseline', versions: [{ since: 0, check: seccompAnnotations }, { since: 19, check: seccompProfile }] },
  {
    id: 'sysctls',
    versions: [
      { since: 0, check: (pod) => sysctls(pod, SYSCTLS) }, { since: 27, check: (pod) => sysctls(pod, SYSCTLS_27) },
      { since: 29, check: (pod) => sysctls(pod, SYSCTLS_29) }, { since: 32, check: (pod) => sysctls(pod, SYSCTLS_32) },
    ],
  },
  { id: 'windowsHostProcess', versions: [{ since: 0, check: windowsHostProcess }] },
];

function appArmorProfile({ annotations, spec }: PodView): Violation | undefined {
  const isBad = (profile: Readonly<coreV1.AppArmorProfile> | undefined): boolean => profile !== undefined && profile.type !== 'RuntimeDefault' && profile.type !== 'Localhost';
  const pod = isBad(spec.securityContext?.appArmorProfile);
  const containers = containersOf(spec).filter(({ securityContext }) => isBad(securityContext?.appArmorProfile));
  const forbidden = Object.entries(annotations).filter(([key, value]) => key.startsWith(APP_ARMOR_PREFIX) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/')).map(([key, value]) => `${key}=${JSON.stringify(value)}`).sort();
  if (!pod && containers.length === 0 && forbidden.length === 0) return undefined;
  const types = sorted([...(pod ? [spec.securityContext?.appArmorProfile?.type ?? ''] : []), ...containers.map(({ securityContext }) => securityContext?.appArmorProfile?.type ?? '')]);
  const who = [setters(pod, containers.map(({ name }) => name)), forbidden.length > 0 ? plural('annotation', 'annotations', forbidden.length) : ''].filter((one) => one !== '').join(' and ');
  const values = [...types, ...forbidden];
  return { reason: plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', values.length), detail: `${who} must not set AppArmor profile type to ${quoted(values)}` };
}

function capabilities({ spec }: PodView): Violation | undefined {
  const extra = (container: { securityContext?: coreV1.SecurityContext }): string[] => (container.securityContext?.capabilities?.add ?? []).filter((one) => !CAPABILITIES.has(one));
  const containers = namesWhere(spec, (container) => extra(container).length > 0);
  if (containers.length === 0) return undefined;
  return { reason: 'non-default capabilities', detail: `${containerList(containers)} must not include ${quoted(sorted(containersOf(spec).flatMap(extra)))} in securityContext.capabilities.add` };
}

function hostNamespaces({ spec }: PodView): Violation | undefined {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field] === true).map((field) => `${field}=true`);
  return used.length === 0 ? undefined : { reason: 'host namespaces', detail: used.join(', ') };
}

function hostPathVolumes({ spec }: PodView): Violation | undefined {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
  return names.length === 0 ? undefined : { reason: 'hostPath volumes', detail: `${plural('volume', 'volumes', names.length)} ${quoted(names)}` };
}

function hostPorts({ spec }: PodView): Violation | undefined {
  const portsOf = ({ ports = [] }: { ports?: coreV1.ContainerPort[] }): string[] => ports.filter(({ hostPort = 0 }) => hostPort !== 0).map(({ hostPort }) => String(hostPort));
  const containers = namesWhere(spec, (container) => portsOf(container).length > 0);
  if (containers.length === 0) return undefined;
  const ports = sorted(containersOf(spec).flatMap(portsOf));
  return { reason: 'hostPort', detail: `${containerList(containers)} ${plural('uses', 'use', containers.length)} ${plural('hostPort', 'hostPorts', ports.length)} ${ports.join(', ')}` };
}

/** Probes and hooks that reach other hosts than the pod. */
function hostHandlers({ spec }: PodView): Violation | undefined {
  const hostsOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Readonly<coreV1.Container>): string[] => [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop]
    .flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host]).filter((host): host is string => host !== undefined && host !== '');
  const containers = sorted(namesWhere(spec, (container) => hostsOf(container).length > 0));
  if (containers.length === 0) return undefined;
  const hosts = sorted(containersOf(spec).flatMap(hostsOf));
  return { reason: 'probe or lifecycle host', detail: `${containerList(containers)} ${plural('uses', 'use', containers.length)} ${plural('probe or lifecycle host', 'probe or lifecycle hosts', hosts.length)} ${quoted(hosts)}` };
}

function privileged({ spec }: PodView): Violation | undefined {
  const containers = namesWhere(spec, ({ securityContext }) => securityContext?.privileged === true);
  return containers.length === 0 ? undefined : { reason: 'privileged', detail: `${containerList(containers)} must not set securityContext.privileged=true` };
}

export function procMount({ spec }: PodView): Violation | undefined {
  const bad = containersOf(spec).filter(({ securityContext }) => securityContext?.procMount !== undefined && securityContext.procMount !== 'Default');
  if (bad.length === 0) return undefined;
  return { reason: 'procMount', detail: `${containerList(bad.map(({ name }) => name))} must not set securityContext.procMount to ${quoted(sorted(bad.map(({ securityContext }) => securityContext?.procMount ?? '')))}` };
}

function seLinuxOptions({ spec }: PodView, allowed: readonly string[]): Violation | undefined {
  const isBad = (options: Readonly<coreV1.SELinuxOptions> | undefined): boolean => options !== undefined && (!allowed.includes(options.type ?? '') || Boolean(options.user) || Boolean(options.role));
  const pod = isBad(spec.securityContext?.seLinuxOptions);
  const containers = namesWhere(spec, ({ securityContext }) => isBad(securityContext?.seLinuxOptions));
  if (!pod && containers.length === 0) return undefined;
  const all = [spec.securityContext?.seLinuxOptions, ...containersOf(spec).map(({ securityContext }) => securityContext?.seLinuxOptions)].filter((options) => options !== undefined);
  const types = sorted(all.map(({ type = '' }) => type).filter((type) => !allowed.includes(type)));
  const what = [
    ...(types.length > 0 ? [`${plural('type', 'types', types.length)} ${quoted(types)}`] : []),
    ...(all.some(({ user }) => user) ? ['user may not be set'] : []), ...(all.some(({ role }) => role) ? ['role may not be set'] : []),
  ];
  return { reason: 'seLinuxOptions', detail: `${setters(pod, containers)} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}` };
}

/** Before seccomp had fields. */
function seccompAnnotations({ annotations, spec }: PodView): Violation | undefined {
  const keys = [SECCOMP_POD, ...containersOf(spec).map(({ name }) => `${SECCOMP_CONTAINER}${name}`)];
  const forbidden = sorted(keys.flatMap((key) => {
    const value = annotations[key];
    return value === undefined || value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/') ? [] : [`${key}=${JSON.stringify(value)}`];
  }));
  return forbidden.length === 0 ? undefined : { reason: 'seccompProfile', detail: `forbidden ${plural('annotation', 'annotations', forbidden.length)} ${forbidden.join(', ')}` };
}

export function isGoodSeccomp({ type }: Readonly<coreV1.SeccompProfile>): boolean {
  return type === 'Localhost' || type === 'RuntimeDefault';
}

export function seccompProfile({ spec }: PodView): Violation | undefined {
  const isBad = (profile: Readonly<coreV1.SeccompProfile> | undefined): boolean => profile !== undefined && !isGoodSeccomp(profile);
  const pod = isBad(spec.securityContext?.seccompProfile);
  const bad = containersOf(spec).filter(({ securityContext }) => isBad(securityContext?.seccompProfile));
  if (!pod && bad.length === 0) return undefined;
  const types = sorted([...(pod ? [spec.securityContext?.seccompProfile?.type ?? ''] : []), ...bad.map(({ securityContext }) => securityContext?.seccompProfile?.type ?? '')]);
  return { reason: 'seccompProfile', detail: `${setters(pod, bad.map(({ name }) => name))} must not set securityContext.seccompProfile.type to ${quoted(types)}` };
}

function sysctls({ spec }: PodView, allowed: readonly string[]): Violation | undefined {
  const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !allowed.includes(name));
  return names.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: names.join(', ') };
}

function windowsHostProcess({ spec }: PodView): Violation | undefined {
  const pod = spec.securityContext?.windowsOptions?.hostProcess === true;
  const containers = namesWhere(spec, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
  return pod || containers.length > 0 ? { reason: 'hostProcess', detail: `${setters(pod, containers)} must not set securityContext.windowsOptions.hostProcess=true` } : undefined;
}
