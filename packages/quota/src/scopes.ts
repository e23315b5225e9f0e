import type { coreV1 } from '@kubernode/api';

export type ScopeRequirement = Readonly<coreV1.ScopedResourceSelectorRequirement>;

/** All that has to be true of an object for the quota to count it. */
export function scopesOf({ spec }: Readonly<coreV1.ResourceQuota>): ScopeRequirement[] {
  return [...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })), ...spec?.scopeSelector?.matchExpressions ?? []];
}
