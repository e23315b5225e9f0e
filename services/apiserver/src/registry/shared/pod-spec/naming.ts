import type { coreV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, required, subdomainFaults, tooLong, underscoreSubdomainFaults, type FieldError } from '@kubernode/apimachinery';
import { legacyIpFaults } from '../legacy-ip-rules.ts';
import { filled, ruleFaults } from '../value-rules.ts';

const NAMESERVERS_MAX = 3;
const SEARCHES_MAX = 32;
const SEARCH_CHARACTERS_MAX = 2048;
const HOSTNAME_LENGTH_MAX = 64;

/** How the pod resolves names. */
export function dnsConfigFaults({ dnsPolicy, dnsConfig }: Readonly<coreV1.PodSpec>, path: string): FieldError[] {
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  if (dnsPolicy === 'None' && dnsConfig === undefined) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  if (dnsPolicy === 'None' && nameservers.length === 0) return [required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  return [
    ...(nameservers.length > NAMESERVERS_MAX ? [invalidValue(`${path}.nameservers`, nameservers, `must not have more than ${NAMESERVERS_MAX} nameservers`)] : []),
    ...nameservers.flatMap((ip, index) => legacyIpFaults(ip, `${path}.nameservers[${index}]`, undefined)),
    ...(searches.length > SEARCHES_MAX ? [invalidValue(`${path}.searches`, searches, `must not have more than ${SEARCHES_MAX} search paths`)] : []),
    ...(searches.join(' ').length > SEARCH_CHARACTERS_MAX ? [invalidValue(`${path}.searches`, searches, `must not have more than ${SEARCH_CHARACTERS_MAX} characters (including spaces) in the search list`)] : []),
    ...searches.flatMap((search, index) => (search === '.' ? [] : ruleFaults(search.replace(/\.$/, ''), `${path}.searches[${index}]`, underscoreSubdomainFaults))),
    ...options.flatMap(({ name }, index) => filled(name, `${path}.options[${index}]`, 'must not be empty')),
  ];
}

/** Lines for the pod's hosts file. */
export function hostAliasFaults(aliases: readonly coreV1.HostAlias[] | undefined, path: string): FieldError[] {
  return (aliases ?? []).flatMap(({ ip, hostnames = [] }, index) => [
    ...legacyIpFaults(ip, `${path}[${index}].ip`, undefined), ...hostnames.flatMap((name, nameIndex) => ruleFaults(name, `${path}[${index}].hostnames[${nameIndex}]`, subdomainFaults)),
  ]);
}

/** The name that a pod gives itself, whatever its own name is. */
export function hostnameFaults({ hostnameOverride, setHostnameAsFQDN, hostNetwork }: Readonly<coreV1.PodSpec>, path: string): FieldError[] {
  if (hostnameOverride === undefined) return [];
  const at = `${path}.hostnameOverride`;
  return [
    ...(setHostnameAsFQDN === true ? [forbiddenField(at, 'may not be specified when setHostnameAsFQDN is true')] : []),
    ...(hostNetwork === true ? [forbiddenField(at, 'may not be specified when hostNetwork is true')] : []),
    ...(hostnameOverride.length > HOSTNAME_LENGTH_MAX ? [tooLong(at, HOSTNAME_LENGTH_MAX)] : []), ...ruleFaults(hostnameOverride, at, subdomainFaults),
  ];
}
