import type { coreV1, rbacV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { UsageError } from '@kubernode/component-base';
import type { ObjectSources } from '../endpoints/endpoint.ts';
import type { Authorizer } from '../pipeline/api-request.ts';
import { bootstrapPolicy } from './bootstrap-policy/bootstrap-policy.ts';
import { NodeAuthorizer } from './node/node-authorizer.ts';
import { followNodes, NodeGraph } from './node/node-graph.ts';
import { PolicyIndex } from './rbac/policy-index.ts';
import { followPolicy, RbacAuthorizer } from './rbac/rbac-authorizer.ts';
import { alwaysAllowRuleResolver, nodeRuleResolver, rbacRuleResolver, type RuleResolver, unionRuleResolver } from './rule-resolver.ts';
import { alwaysAllowAuthorizer, alwaysDenyAuthorizer, privilegedGroupAuthorizer, unionAuthorizer } from './union-authorizer.ts';

export const AUTHORIZATION_MODES = ['AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC'] as const;
export type AuthorizationMode = typeof AUTHORIZATION_MODES[number];

export interface Authorization extends Disposable {
  authorizer: Authorizer;
  rules: RuleResolver;
  /** Only in mode RBAC: what escalation checks need. */
  rbac: RbacAuthorizer | undefined;
}

/** Builds what --authorization-mode lists, in that order, behind the group system:masters. Throws a UsageError for unknown modes. */
export function setUpAuthorization(modes: readonly string[], sources: ObjectSources): Authorization {
  const authorizers: Authorizer[] = [privilegedGroupAuthorizer];
  const resolvers: RuleResolver[] = [];
  const links: Disposable[] = [];
  let rbac: RbacAuthorizer | undefined;
  for (const mode of checkModes(modes)) {
    switch (mode) {
      case 'AlwaysAllow': authorizers.push(alwaysAllowAuthorizer); resolvers.push(alwaysAllowRuleResolver); break;
      case 'AlwaysDeny': authorizers.push(alwaysDenyAuthorizer); break;
      case 'Node': authorizers.push(nodeAuthorizer(sources, links)); resolvers.push(nodeRuleResolver); break;
      case 'RBAC':
        rbac = rbacAuthorizer(sources, links);
        authorizers.push(rbac);
        resolvers.push(rbacRuleResolver(rbac));
        break;
    }
  }
  return { authorizer: unionAuthorizer(authorizers), rules: unionRuleResolver(resolvers), rbac, [Symbol.dispose]: () => { for (const link of links) link[Symbol.dispose](); } };
}

function checkModes(modes: readonly string[]): AuthorizationMode[] {
  if (modes.length === 0) throw new UsageError('at least one authorization-mode must be passed');
  if (new Set(modes).size < modes.length) throw new UsageError(`authorization-mode ${JSON.stringify(modes)} has mode specified more than once`);
  return modes.map((mode) => AUTHORIZATION_MODES.find((known) => known === mode) ?? unknownMode(mode));
}

function unknownMode(mode: string): never {
  throw new UsageError(`authorization-mode ${JSON.stringify(mode)} is not a valid mode, one of ${AUTHORIZATION_MODES.join(', ')} is`);
}

function rbacAuthorizer(sources: ObjectSources, links: Disposable[]): RbacAuthorizer {
  const group = 'rbac.authorization.k8s.io';
  const index = new PolicyIndex();
  links.push(followPolicy(index, {
    roles: sources<rbacV1.Role & KubeObject>({ group, resource: 'roles' }),
    roleBindings: sources<rbacV1.RoleBinding & KubeObject>({ group, resource: 'rolebindings' }),
    clusterRoles: sources<rbacV1.ClusterRole & KubeObject>({ group, resource: 'clusterroles' }),
    clusterRoleBindings: sources<rbacV1.ClusterRoleBinding & KubeObject>({ group, resource: 'clusterrolebindings' }),
  }));
  return new RbacAuthorizer(index);
}

function nodeAuthorizer(sources: ObjectSources, links: Disposable[]): NodeAuthorizer {
  const graph = new NodeGraph();
  const nodeNameOfSpec = (object: Readonly<KubeObject>): string | undefined => (object['spec'] as { nodeName?: string } | undefined)?.nodeName; // both kinds have it there
  links.push(followNodes(graph, {
    pods: sources<coreV1.Pod & KubeObject>({ group: '', resource: 'pods' }),
    persistentVolumes: sources<coreV1.PersistentVolume & KubeObject>({ group: '', resource: 'persistentvolumes' }),
    owned: [
      { resource: 'volumeattachments', source: sources({ group: 'storage.k8s.io', resource: 'volumeattachments' }), nodeNameOf: nodeNameOfSpec },
      { resource: 'resourceslices', source: sources({ group: 'resource.k8s.io', resource: 'resourceslices' }), nodeNameOf: nodeNameOfSpec },
    ],
  }));
  const role = bootstrapPolicy.clusterRoles.find(({ metadata }) => metadata.name === 'system:node');
  return new NodeAuthorizer(graph, role?.rules ?? []);
}
