import { isIPv6 } from 'node:net';
import { invalid, invalidValue, type FieldError } from '@kubernode/apimachinery';
import { clusterIpFaults } from './cluster-ip-rules.ts';
import { NO_CLUSTER_IP, sameList, type Service, type ServiceSpec } from './service-kind.ts';

export type IpFamily = 'IPv4' | 'IPv6';

const KIND = { group: '', kind: 'Service' };

/** Fills ipFamilyPolicy and ipFamilies from the addresses and from the families that the cluster has, its first one leading. Throws 422. */
export function fillIpFamilies(service: Service, old: Readonly<Service> | undefined, families: readonly IpFamily[]): void {
  const spec = service.spec ??= {};
  const before = old?.spec;
  if (spec.type === 'ExternalName' || keepsPreferDualStack(spec, before)) return;
  spec.ipFamilyPolicy ??= before?.ipFamilyPolicy ?? (isHeadlessForOthers(spec) ? 'RequireDualStack' : 'SingleStack');
  refuse(service, clusterIpFaults(spec, before));
  refuse(service, [...(before === undefined ? [] : reduce(spec, before)), ...policyFaults(spec), ...inferFamilies(spec, families)]);
  if (isHeadlessForOthers(spec)) { completeHeadless(spec, families); return; }
  refuse(service, unservedFaults(spec, families));
  spec.ipFamilies = spec.ipFamilies?.length ? spec.ipFamilies : families.slice(0, 1);
  if (spec.ipFamilyPolicy !== 'SingleStack' && spec.ipFamilies.length === 1 && families.length === 2) spec.ipFamilies.push(otherFamily(spec.ipFamilies[0]));
}

/** A service that prefers both families stays as it is when the cluster becomes or ceases to be dual-stack. */
export function keepsPreferDualStack(spec: Readonly<ServiceSpec>, before: Readonly<ServiceSpec> | undefined): boolean {
  return before !== undefined && spec.ipFamilyPolicy === 'PreferDualStack' && (before.ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack'
    && before.type === spec.type && (spec.type === 'ClusterIP' || spec.type === 'NodePort' || spec.type === 'LoadBalancer')
    && sameList(spec.clusterIPs, before.clusterIPs) && sameList(spec.ipFamilies, before.ipFamilies);
}

/** No address, no selector: somebody else writes the endpoints, of whatever family. */
function isHeadlessForOthers({ clusterIP, selector }: Readonly<ServiceSpec>): boolean {
  return clusterIP === NO_CLUSTER_IP && Object.keys(selector ?? {}).length === 0;
}

function completeHeadless(spec: ServiceSpec, families: readonly IpFamily[]): void {
  spec.ipFamilies = spec.ipFamilies?.length ? spec.ipFamilies : families.slice(0, 1);
  if (spec.ipFamilies.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') spec.ipFamilies.push(otherFamily(spec.ipFamilies[0]));
}

/** Policy SingleStack gives the second address and family up; without it nothing may get fewer. */
function reduce(spec: ServiceSpec, before: Readonly<ServiceSpec>): FieldError[] {
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (sameList(spec.clusterIPs, before.clusterIPs) && (spec.clusterIPs?.length ?? 0) > 1) spec.clusterIPs = spec.clusterIPs?.slice(0, 1) ?? [];
    if (sameList(spec.ipFamilies, before.ipFamilies) && (spec.ipFamilies?.length ?? 0) > 1) spec.ipFamilies = spec.ipFamilies?.slice(0, 1) ?? [];
    return [];
  }
  const fewer = (now: readonly string[] = [], then: readonly string[] = []): boolean => now.length > 0 && now.length < then.length;
  return [
    ...(fewer(spec.clusterIPs, before.clusterIPs) ? [invalidValue('spec.ipFamilyPolicy', spec.ipFamilyPolicy, "must be 'SingleStack' to release the secondary cluster IP")] : []),
    ...(fewer(spec.ipFamilies, before.ipFamilies) ? [invalidValue('spec.ipFamilyPolicy', spec.ipFamilyPolicy, "must be 'SingleStack' to release the secondary IP family")] : []),
  ];
}

function policyFaults({ ipFamilyPolicy, clusterIPs, ipFamilies }: Readonly<ServiceSpec>): FieldError[] {
  if (ipFamilyPolicy !== 'SingleStack') return [];
  const fault = (what: string): FieldError => invalidValue('spec.ipFamilyPolicy', ipFamilyPolicy, `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`);
  return [...(clusterIPs?.length === 2 ? [fault('cluster IPs')] : []), ...(ipFamilies?.length === 2 ? [fault('IP families')] : [])];
}

function inferFamilies(spec: ServiceSpec, families: readonly IpFamily[]): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, ip] of (spec.clusterIPs ?? []).entries()) {
    if (ip === NO_CLUSTER_IP) break;
    if (index < (spec.ipFamilies?.length ?? 0)) continue;
    const family = isIPv6(ip) ? 'IPv6' : 'IPv4';
    if (families.includes(family)) spec.ipFamilies = [...spec.ipFamilies ?? [], family];
    else errors.push(invalidValue(`spec.clusterIPs[${index}]`, spec.clusterIPs, `${family} is not configured on this cluster`));
  }
  return errors;
}

function unservedFaults({ ipFamilyPolicy, ipFamilies = [] }: Readonly<ServiceSpec>, families: readonly IpFamily[]): FieldError[] {
  return [
    ...(ipFamilyPolicy === 'RequireDualStack' && families.length < 2 ? [invalidValue('spec.ipFamilyPolicy', ipFamilyPolicy, 'this cluster is not configured for dual-stack services')] : []),
    ...ipFamilies.flatMap((family, index) => (families.includes(family as IpFamily) ? [] : [invalidValue(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster')])), // a text that may be none, to be found among them
  ];
}

function otherFamily(family: string | undefined): IpFamily {
  return family === 'IPv4' ? 'IPv6' : 'IPv4';
}

function refuse({ metadata }: Service, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(KIND, metadata.name ?? '', errors);
}
