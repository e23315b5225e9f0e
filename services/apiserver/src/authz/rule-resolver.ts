import type { authorizationV1 } from '@kubernode/api';
import type { UserInfo } from '../pipeline/api-request.ts';
import { nodeNameOf } from './node/node-authorizer.ts';
import { aggregate, type RbacAuthorizer } from './rbac/rbac-authorizer.ts';

/** What an authorizer can say of everything a user may do in a namespace. */
export interface ResolvedRules {
  resourceRules: authorizationV1.ResourceRule[];
  nonResourceRules: authorizationV1.NonResourceRule[];
  /** The list does not tell everything. */
  incomplete: boolean;
  errors: string[];
}

export interface RuleResolver { rulesFor(user: UserInfo, namespace: string): ResolvedRules }

/** The rules of all resolvers, one after the other. */
export function unionRuleResolver(resolvers: readonly RuleResolver[]): RuleResolver {
  return {
    rulesFor: (user, namespace) => {
      const all = resolvers.map((resolver) => resolver.rulesFor(user, namespace));
      return {
        resourceRules: all.flatMap(({ resourceRules }) => resourceRules),
        nonResourceRules: all.flatMap(({ nonResourceRules }) => nonResourceRules),
        incomplete: all.some(({ incomplete }) => incomplete),
        errors: all.flatMap(({ errors }) => errors),
      };
    },
  };
}

/** What nodes may do depends on their pods, so it cannot be listed. */
export const nodeRuleResolver: RuleResolver = {
  rulesFor: (user) => {
    const isNode = nodeNameOf(user) !== undefined;
    return { resourceRules: [], nonResourceRules: [], incomplete: isNode, errors: isNode ? ['node authorizer does not support user rule resolution'] : [] };
  },
};

/** Nor can what a webhook would say. */
export const webhookRuleResolver: RuleResolver = {
  rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: true, errors: ['webhook authorizer does not support user rule resolution'] }),
};

export const alwaysAllowRuleResolver: RuleResolver = {
  rulesFor: () => ({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false, errors: [],
  }),
};

export function rbacRuleResolver(rbac: RbacAuthorizer): RuleResolver {
  return {
    rulesFor: (user, namespace) => {
      const { rules, errors } = rbac.rulesFor(user, namespace);
      return {
        resourceRules: rules.flatMap(({ verbs, apiGroups, resources, resourceNames }) => (resources?.length
          ? [{ verbs, ...(apiGroups && { apiGroups }), resources, ...(resourceNames?.length && { resourceNames }) }] : [])),
        nonResourceRules: rules.flatMap(({ verbs, nonResourceURLs }) => (nonResourceURLs?.length ? [{ verbs, nonResourceURLs }] : [])),
        incomplete: false, errors: errors.length === 0 ? [] : [aggregate(errors)],
      };
    },
  };
}
