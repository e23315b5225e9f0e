import { isIPv6 } from 'node:net';
import { duplicate, invalidValue, notSupported, repeatedIndexes, required, type FieldError } from '@kubernode/apimachinery';
import { legacyIpFaults } from '../../shared/legacy-ip-rules.ts';
import { isHeadless, NO_CLUSTER_IP, type ServiceSpec } from './service-kind.ts';

const FAMILIES = ['IPv4', 'IPv6'];
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const IPS = 'spec.clusterIPs';

/** clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy have to agree. */
export function clusterIpFaults(spec: Readonly<ServiceSpec>, old: Readonly<ServiceSpec> | undefined): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const errors = [...firstIpFaults(spec), ...familyFaults(spec), ...policyFaults(spec)];
  const { faults, readable } = addressFaults(spec, old);
  errors.push(...faults);
  if (!readable) return errors;
  return [...errors, ...onePerFamily(spec), ...familyMatches(spec)];
}

function firstIpFaults({ clusterIP = '', clusterIPs = [] }: Readonly<ServiceSpec>): FieldError[] {
  if (clusterIP === '') return clusterIPs.length === 0 ? [] : [invalidValue(IPS, clusterIPs, 'must be empty when `clusterIP` is not specified')];
  if (clusterIPs.length === 0) return [required(IPS)];
  return clusterIPs[0] === clusterIP ? [] : [invalidValue(IPS, clusterIPs, 'first value must match `clusterIP`')];
}

function familyFaults({ ipFamilies = [] }: Readonly<ServiceSpec>): FieldError[] {
  const repeated = repeatedIndexes(ipFamilies);
  return ipFamilies.flatMap((family, index) => [
    ...(FAMILIES.includes(family) ? [] : [notSupported(`spec.ipFamilies[${index}]`, family, FAMILIES)]),
    ...(repeated.has(index) ? [duplicate(`spec.ipFamilies[${index}]`, family)] : []),
  ]);
}

function policyFaults({ ipFamilyPolicy }: Readonly<ServiceSpec>): FieldError[] {
  return ipFamilyPolicy === undefined || POLICIES.includes(ipFamilyPolicy) ? [] : [notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, POLICIES)];
}

/** `readable`: further rules would make sense of the addresses. */
function addressFaults({ clusterIPs = [] }: Readonly<ServiceSpec>, old: Readonly<ServiceSpec> | undefined): { faults: FieldError[]; readable: boolean } {
  const faults: FieldError[] = [];
  clusterIPs.forEach((ip, index) => {
    if (index > 0 || ip !== NO_CLUSTER_IP) faults.push(...legacyIpFaults(ip, `${IPS}[${index}]`, old?.clusterIPs));
    else if (clusterIPs.length > 1) faults.push(invalidValue(IPS, clusterIPs, "'None' must be the first and only value"));
  });
  const readable = faults.length === 0;
  if (clusterIPs.length > 2) faults.push(invalidValue(IPS, clusterIPs, 'may only hold up to 2 values'));
  return { faults, readable };
}

function onePerFamily({ clusterIPs = [] }: Readonly<ServiceSpec>): FieldError[] {
  const dual = new Set(clusterIPs.map(isIPv6)).size === 2;
  return clusterIPs.length > 1 && !dual ? [invalidValue(IPS, clusterIPs, 'may specify no more than one IP for each IP family')] : [];
}

function familyMatches(spec: Readonly<ServiceSpec>): FieldError[] {
  const { clusterIPs = [], ipFamilies = [] } = spec;
  if (isHeadless(spec)) return [];
  return clusterIPs.flatMap((ip, index) => {
    const family = ipFamilies[index];
    if ((family !== 'IPv4' && family !== 'IPv6') || (family === 'IPv6') === isIPv6(ip)) return [];
    return [invalidValue(`${IPS}[${index}]`, ip, `expected an ${family} value as indicated by \`ipFamilies[${index}]\``)];
  });
}

/** The first address and family never change but by way of ExternalName; the second may come, and go with policy SingleStack. */
export function clusterIpChangeFaults(spec: Readonly<ServiceSpec>, old: Readonly<ServiceSpec>): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  const [headless, wasHeadless] = [isHeadless(spec), isHeadless(old)];
  return [...(headless && wasHeadless ? [] : addressChange(spec, old)), ...(headless || wasHeadless ? [] : familyChange(spec, old))];
}

const FIXED = 'may not change once set';

function addressChange({ clusterIPs = [], ipFamilyPolicy }: Readonly<ServiceSpec>, { clusterIPs: before = [] }: Readonly<ServiceSpec>): FieldError[] {
  if (before.length === clusterIPs.length) return before.flatMap((ip, index) => (ip === clusterIPs[index] ? [] : [invalidValue(`${IPS}[${index}]`, clusterIPs, FIXED)]));
  const firstChanged = before.length > 0 && clusterIPs.length > 0 && clusterIPs[0] !== before[0] ? [invalidValue(`${IPS}[0]`, clusterIPs, FIXED)] : [];
  if (before.length < clusterIPs.length) return firstChanged;
  return [
    ...(clusterIPs.length === 0 ? [invalidValue(`${IPS}[0]`, clusterIPs, 'primary clusterIP can not be unset')] : []), ...firstChanged,
    ...(clusterIPs.length === 1 && ipFamilyPolicy !== 'SingleStack' ? [invalidValue('spec.ipFamilyPolicy', ipFamilyPolicy ?? null, "must be set to 'SingleStack' when releasing the secondary clusterIP")] : []),
  ];
}

function familyChange({ clusterIPs = [], ipFamilies = [], ipFamilyPolicy }: Readonly<ServiceSpec>, { ipFamilies: before = [] }: Readonly<ServiceSpec>): FieldError[] {
  const path = 'spec.ipFamilies[0]';
  if (before.length === ipFamilies.length) return before.flatMap((family, index) => (family === ipFamilies[index] ? [] : [invalidValue(path, ipFamilies, FIXED)]));
  const firstChanged = before.length > 0 && ipFamilies.length > 0 && ipFamilies[0] !== before[0] ? [invalidValue(path, clusterIPs, FIXED)] : [];
  if (before.length < ipFamilies.length) return firstChanged;
  return [
    ...(clusterIPs.length === 0 ? [invalidValue(path, ipFamilies, 'primary ipFamily can not be unset')] : []), ...firstChanged,
    ...(ipFamilies.length === 1 && ipFamilyPolicy !== 'SingleStack' ? [invalidValue('spec.ipFamilyPolicy', ipFamilyPolicy ?? null, "must be set to 'SingleStack' when releasing the secondary ipFamily")] : []),
  ];
}
