import type { coreV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, notSupported, required, subdomainFaults, type FieldError } from '@kubernode/apimachinery';
import { containersOf } from './container-visitor.ts';

const CREDENTIAL_KIB_MAX = 64;
const DOMAIN_LENGTH_MAX = 256;
const USER_LENGTH_MAX = 104;
const NET_BIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_DOMAIN = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

export function windowsOptionFaults(options: Readonly<coreV1.WindowsSecurityContextOptions> | undefined, path: string): FieldError[] {
  if (options === undefined) return [];
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: credentials, runAsUserName } = options;
  const errors = name === undefined ? [] : subdomainFaults(name).map((fault) => invalidValue(`${path}.gmsaCredentialSpecName`, name, fault));
  if (credentials === '') errors.push(invalidValue(`${path}.gmsaCredentialSpec`, credentials, 'gmsaCredentialSpec cannot be an empty string'));
  else if (credentials !== undefined && credentials.length > CREDENTIAL_KIB_MAX * 1024) errors.push(invalidValue(`${path}.gmsaCredentialSpec`, credentials, `gmsaCredentialSpec size must be under ${CREDENTIAL_KIB_MAX} KiB`));
  if (runAsUserName !== undefined) errors.push(...userNameFaults(runAsUserName).map((fault) => invalidValue(`${path}.runAsUserName`, runAsUserName, fault)));
  return errors;
}

function userNameFaults(text: string): string[] {
  if (text === '') return ['runAsUserName cannot be an empty string'];
  if (/[^\P{Cc}\u0080-\u009f]/u.test(text)) return ['runAsUserName cannot contain control characters'];
  const parts = text.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts.at(-1) ?? '';
  const faults = parts.length === 2 ? domainFaults(parts[0] ?? '') : [];
  if (user === '') faults.push("runAsUserName's User cannot be empty");
  else if (user.length > USER_LENGTH_MAX) faults.push(`runAsUserName's User length must not be longer than ${USER_LENGTH_MAX} characters`);
  if (/^[. ]+$/.test(user)) faults.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) faults.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  return faults;
}

function domainFaults(domain: string): string[] {
  return [
    ...(domain.length >= DOMAIN_LENGTH_MAX ? [`runAsUserName's Domain length must be under ${DOMAIN_LENGTH_MAX} characters`] : []),
    ...(NET_BIOS.test(domain) || DNS_DOMAIN.test(domain) ? [] : ["runAsUserName's Domain doesn't match the NetBios nor the DNS format"]),
  ];
}

/** Containers that run as processes of a Windows host: all or none, and in its network. */
export function hostProcessFaults(spec: Readonly<coreV1.PodSpec>, path: string): FieldError[] {
  const pod = spec.securityContext?.windowsOptions?.hostProcess;
  const errors: FieldError[] = [];
  const containers = containersOf(spec, path);
  let count = 0;
  for (const [{ securityContext }, at] of containers) {
    const own = securityContext?.windowsOptions?.hostProcess;
    if (pod !== undefined && own !== undefined && pod !== own) errors.push(invalidValue(`${at}.securityContext.windowsOptions.hostProcess`, own, `pod hostProcess value must be identical if both are specified, was ${pod}`));
    if (own ?? pod === true) count++;
  }
  if (count === 0) return errors;
  if (count !== containers.length) errors.push(invalidValue(path, '', 'If pod contains any hostProcess containers then all containers must be HostProcess containers'));
  if (spec.hostNetwork !== true) errors.push(invalidValue(`${path}.hostNetwork`, false, 'hostNetwork must be true if pod contains any hostProcess containers'));
  return errors;
}

const SYSTEMS: readonly string[] = ['linux', 'windows'];
const FOREIGN_TO_WINDOWS = 'cannot be set for a windows pod';
const POD_FIELDS = ['appArmorProfile', 'seLinuxOptions', 'hostUsers', 'hostPID', 'hostIPC', 'seccompProfile', 'fsGroup', 'fsGroupChangePolicy', 'sysctls', 'shareProcessNamespace', 'runAsUser', 'runAsGroup', 'supplementalGroups', 'supplementalGroupsPolicy', 'seLinuxChangePolicy'] as const;
const CONTAINER_FIELDS = ['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'capabilities', 'readOnlyRootFilesystem', 'privileged', 'allowPrivilegeEscalation', 'procMount', 'runAsUser', 'runAsGroup'] as const;
const SPEC_FIELDS: ReadonlySet<string> = new Set(['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace']);

/** What a pod says of its operating system, and settings that the named one does not have. */
export function operatingSystemFaults(spec: Readonly<coreV1.PodSpec>, path: string): FieldError[] {
  if (spec.os === undefined) return [];
  const name = spec.os.name ?? '';
  if (name === '') return [required(`${path}.os.name`)];
  if (!SYSTEMS.includes(name)) return [notSupported(`${path}.os`, name, SYSTEMS)];
  return name === 'linux' ? linuxFaults(spec, path) : windowsFaults(spec, path);
}

function linuxFaults(spec: Readonly<coreV1.PodSpec>, path: string): FieldError[] {
  return [[spec, path] as const, ...containersOf(spec, path)].filter(([{ securityContext }]) => securityContext?.windowsOptions !== undefined)
    .map(([, at]) => forbiddenField(`${at}.securityContext.windowsOptions`, 'windows options cannot be set for a linux pod'));
}

function windowsFaults(spec: Readonly<coreV1.PodSpec>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const context = spec.securityContext as Readonly<Record<string, unknown>> | undefined; // read by the names above
  for (const field of POD_FIELDS) {
    const own = SPEC_FIELDS.has(field);
    const value = own ? (spec as Readonly<Record<string, unknown>>)[field] : context?.[field]; // as above
    if (value !== undefined && (value !== false || field === 'hostUsers' || field === 'shareProcessNamespace')) errors.push(forbiddenField(own ? `${path}.${field}` : `${path}.securityContext.${field}`, FOREIGN_TO_WINDOWS));
  }
  for (const [{ securityContext }, at] of containersOf(spec, path)) {
    for (const field of CONTAINER_FIELDS) if (securityContext?.[field] !== undefined) errors.push(forbiddenField(`${at}.securityContext.${field}`, FOREIGN_TO_WINDOWS));
  }
  return errors;
}
