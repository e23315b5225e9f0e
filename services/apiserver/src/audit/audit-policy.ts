import type { RequestInfo, UserInfo } from '../pipeline/api-request.ts';

/** How much is written down of a request, from nothing to both bodies. Each level includes the ones before it. */
export type AuditLevel = 'None' | 'Metadata' | 'Request' | 'RequestResponse';
/** When in a request's life an event is written. ResponseStarted is for watches and streams, and for refusals before authentication. */
export type AuditStage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

export const AUDIT_LEVELS: readonly AuditLevel[] = ['None', 'Metadata', 'Request', 'RequestResponse'];
export const AUDIT_STAGES: readonly AuditStage[] = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];

/** A Policy of audit.k8s.io/v1. */
export interface AuditPolicy {
  rules: readonly AuditRule[];
  omitStages?: readonly AuditStage[];
  omitManagedFields?: boolean;
}

/** Lists that are absent or empty match everything. */
export interface AuditRule {
  level: AuditLevel;
  users?: readonly string[];
  userGroups?: readonly string[];
  verbs?: readonly string[];
  resources?: readonly AuditGroupResources[];
  /** '' stands for what is in no namespace. */
  namespaces?: readonly string[];
  nonResourceURLs?: readonly string[];
  omitStages?: readonly AuditStage[];
  omitManagedFields?: boolean;
}

export interface AuditGroupResources {
  group?: string;
  resources?: readonly string[];
  resourceNames?: readonly string[];
}

/** What the policy says of one request. */
export interface AuditDecision {
  level: AuditLevel;
  omitStages: ReadonlySet<AuditStage>;
  omitManagedFields: boolean;
}

/** Nobody knows the user of a request that was refused before authentication. */
export type AuditSubject = Pick<UserInfo, 'name' | 'groups'> | undefined;

/** Makes the function that judges requests: the first rule that matches decides, and without one nothing is written. */
export function auditDecider({ rules, omitStages = [], omitManagedFields = false }: AuditPolicy): (info: RequestInfo, user: AuditSubject) => AuditDecision {
  const compiled = rules.map((rule) => ({
    rule, decision: { level: rule.level, omitStages: new Set([...omitStages, ...rule.omitStages ?? []]), omitManagedFields: rule.omitManagedFields ?? omitManagedFields },
  }));
  const otherwise: AuditDecision = { level: 'None', omitStages: new Set(omitStages), omitManagedFields };
  return (info, user) => compiled.find(({ rule }) => matches(rule, info, user))?.decision ?? otherwise;
}

/** A rule about namespaces or resources never matches paths that are no resources, and one about such paths never matches resources. */
function matches({ users, userGroups, verbs, namespaces, resources, nonResourceURLs }: AuditRule, info: RequestInfo, user: AuditSubject): boolean {
  if (isSet(users) && (user === undefined || !users.includes(user.name))) return false;
  if (isSet(userGroups) && user?.groups.some((group) => userGroups.includes(group)) !== true) return false;
  if (isSet(verbs) && !verbs.includes(info.verb)) return false;
  if (isSet(namespaces) || isSet(resources)) return info.isResourceRequest && (!isSet(namespaces) || namespaces.includes(info.namespace)) && (!isSet(resources) || resources.some((one) => coversResource(one, info)));
  if (isSet(nonResourceURLs)) return !info.isResourceRequest && nonResourceURLs.some((pattern) => coversPath(pattern, info.path));
  return true;
}

function isSet<T>(list: readonly T[] | undefined): list is readonly T[] {
  return list !== undefined && list.length > 0;
}

function coversResource({ group = '', resources, resourceNames }: AuditGroupResources, info: RequestInfo): boolean {
  if (group !== info.group && group !== '*') return false;
  if (!isSet(resources)) return true;
  if (isSet(resourceNames) && !resourceNames.includes(info.name)) return false;
  const { resource, subresource } = info;
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some((one) => one === whole || one === '*' || one === `${resource}/*` || (subresource !== '' && one === `*/${subresource}`));
}

/** `*` at the end stands for whatever follows. */
function coversPath(pattern: string, path: string): boolean {
  return pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')));
}
