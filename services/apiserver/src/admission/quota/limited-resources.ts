import type { coreV1 } from '@kubernode/api';
import { formatFieldErrors, internalErrorWithoutReason, required } from '@kubernode/apimachinery';
import { scopesOf, type Evaluator, type ScopeRequirement } from '@kubernode/quota';
import { readConfigDocument } from '../../authn/config-document.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { refusal } from '../refusal.ts';
import { deltaOf, matchesQuota, type ResourceQuota } from './check-quota.ts';

/** What may only be used in namespaces that have a quota for it. */
export interface LimitedResource { apiGroup?: string; resource: string; matchContains?: readonly string[]; matchScopes?: readonly coreV1.ScopedResourceSelectorRequirement[] }

const SHAPE = { limitedResources: [{ apiGroup: true, resource: true, matchContains: [true], matchScopes: [{ scopeName: true, operator: true, values: [true] }] }] } as const;

/** Throws an Error in Kubernetes' words. */
export function readLimitedResources(text: string | undefined): readonly LimitedResource[] {
  if (text === undefined) return [];
  const isNewer = /\bResourceQuotaConfiguration\b/.test(text);
  const { limitedResources } = readConfigDocument(text, isNewer
    ? { kind: 'ResourceQuotaConfiguration', versions: ['v1'], shape: SHAPE }
    : { group: 'resourcequota.admission.k8s.io', kind: 'Configuration', versions: ['v1beta1', 'v1alpha1'], shape: SHAPE });
  const limited = (limitedResources ?? []) as readonly LimitedResource[]; // by the shape
  const faults = limited.flatMap(({ resource }, index) => (resource ? [] : [required(`limitedResources[${index}].resource`)]));
  if (faults.length > 0) throw new Error(formatFieldErrors(faults));
  return limited;
}

/** Throws 403 for what is limited and no quota of the namespace speaks of. Pure. */
export function requireCover(limited: readonly LimitedResource[], quotas: readonly Readonly<ResourceQuota>[], { attributes, evaluator, now }: { attributes: AdmissionAttributes; evaluator: Evaluator; now: number }): void {
  const { group, resource, object } = attributes;
  if (limited.length === 0 || object === undefined) return;
  const concerned = quotas.filter((quota) => matchesQuota(quota, evaluator, object));
  const isCharged = (concerned.length === 0 ? [undefined] : concerned).some((quota) => [...deltaOf(attributes, { quota, evaluator, now }).values()].some(({ nanos }) => nanos !== 0n));
  if (!isCharged) return;
  const words = limited.filter((one) => (one.apiGroup ?? '') === group && one.resource === resource).flatMap(({ matchContains }) => matchContains ?? []);
  const wanted = [...evaluator.usage(object, now).keys()].filter((name) => words.some((word) => name.includes(word)));
  const covered = new Set(concerned.flatMap(({ status }) => Object.keys(status?.hard ?? {}).filter((name) => evaluator.counts(name))));
  const uncovered = wanted.filter((name) => !covered.has(name)).sort();
  if (uncovered.length > 0) throw refusal(attributes, `insufficient quota to consume: ${uncovered.join(',')}`);
  const matching = (scopes: readonly ScopeRequirement[]): ScopeRequirement[] => scopes.filter((scope) => evaluator.matchesScope(scope, object));
  const coveredScopes = new Set(quotas.flatMap((quota) => matching(scopesOf(quota))).map(({ scopeName }) => scopeName));
  const uncoveredScopes = limited.flatMap(({ matchScopes }) => matching(matchScopes ?? [])).filter(({ scopeName }) => !coveredScopes.has(scopeName));
  if (uncoveredScopes.length > 0) throw internalErrorWithoutReason(`insufficient quota to match these scopes: [${uncoveredScopes.map(({ scopeName, operator, values }) => `{${scopeName} ${operator} [${(values ?? []).join(' ')}]}`).join(' ')}]`);
}
