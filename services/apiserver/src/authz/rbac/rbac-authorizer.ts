import type { rbacV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { ObjectSource } from '../../endpoints/endpoint.ts';
import type { AuthorizationAttributes, Decision, LocalAuthorizer, UserInfo } from '../../pipeline/api-request.ts';
import { CompiledRules, type GrantedRule } from './compiled-rules.ts';
import { describeBinding, type PolicyIndex, type ResolvedBinding } from './policy-index.ts';
import type { PolicyRule } from './rule-matches.ts';

/** Rules of a user as reviews list them, with what could not be resolved. */
export interface UserRules { rules: PolicyRule[]; errors: string[] }

interface CompiledSubject {
  generation: number;
  cluster: CompiledScope;
  /** Only namespaces that have bindings are remembered, so requests for made-up namespaces cannot fill memory. */
  namespaces: Map<string, CompiledScope>;
}

interface CompiledScope { rules: CompiledRules; errors: readonly string[] }

const NO_OPINION: Decision = { verdict: 'noOpinion', reason: '' };

/**
 * Role-based access control. A user's rules are compiled when the user is first seen, kept as long as the UserInfo object lives
 * (authenticators hand out the same one for the same credentials), and compiled anew once a role or a binding has changed.
 */
export class RbacAuthorizer implements LocalAuthorizer {
  readonly index: PolicyIndex;
  readonly #subjects = new WeakMap<UserInfo, CompiledSubject>();

  constructor(index: PolicyIndex) { this.index = index; }

  authorize(attributes: AuthorizationAttributes): Decision {
    const subject = this.#subjectOf(attributes.user);
    const byCluster = subject.cluster.rules.allows(attributes);
    if (byCluster !== undefined) return { verdict: 'allow', reason: byCluster };
    const local = attributes.namespace === '' ? undefined : this.#scopeOf(subject, attributes.user, attributes.namespace);
    const byNamespace = local?.rules.allows(attributes);
    if (byNamespace !== undefined) return { verdict: 'allow', reason: byNamespace };
    if (subject.cluster.errors.length === 0 && (local === undefined || local.errors.length === 0)) return NO_OPINION;
    return { verdict: 'noOpinion', reason: `RBAC: ${aggregate([...subject.cluster.errors, ...(local?.errors ?? [])])}` };
  }

  /** All rules of a user in a namespace, cluster-wide ones first. */
  rulesFor(user: UserInfo, namespace: string): UserRules {
    const bindings = [...this.index.resolve(user, ''), ...(namespace === '' ? [] : this.index.resolve(user, namespace))];
    return {
      rules: bindings.flatMap((binding) => ('rules' in binding ? binding.rules : [])),
      errors: bindings.flatMap((binding) => ('missing' in binding ? [binding.missing] : [])),
    };
  }

  #subjectOf(user: UserInfo): CompiledSubject {
    const known = this.#subjects.get(user);
    if (known !== undefined && known.generation === this.index.generation) return known;
    const compiled: CompiledSubject = { generation: this.index.generation, cluster: compile(this.index.resolve(user, '')), namespaces: new Map() };
    this.#subjects.set(user, compiled);
    return compiled;
  }

  #scopeOf(subject: CompiledSubject, user: UserInfo, namespace: string): CompiledScope | undefined {
    const known = subject.namespaces.get(namespace);
    if (known !== undefined || !this.index.hasBindings(namespace)) return known;
    const compiled = compile(this.index.resolve(user, namespace));
    subject.namespaces.set(namespace, compiled);
    return compiled;
  }
}

/** Fills an index from live objects and keeps it so; disposing stops that. */
export function followPolicy(index: PolicyIndex, sources: {
  roles: ObjectSource<rbacV1.Role & KubeObject>;
  roleBindings: ObjectSource<rbacV1.RoleBinding & KubeObject>;
  clusterRoles: ObjectSource<rbacV1.ClusterRole & KubeObject>;
  clusterRoleBindings: ObjectSource<rbacV1.ClusterRoleBinding & KubeObject>;
}): Disposable {
  const links: Disposable[] = [];
  for (const source of [sources.roles, sources.clusterRoles]) {
    links.push(source.onChange(({ type, object }) => { if (type === 'DELETED') index.deleteRole(object); else index.setRole(object); }));
    for (const role of source.list()) index.setRole(role);
  }
  for (const source of [sources.roleBindings, sources.clusterRoleBindings]) {
    links.push(source.onChange(({ type, object }) => { if (type === 'DELETED') index.deleteBinding(object); else index.setBinding(object); }));
    for (const binding of source.list()) index.setBinding(binding);
  }
  return { [Symbol.dispose]: () => { for (const link of links) link[Symbol.dispose](); } };
}

/** Several messages as Kubernetes joins them: alone as it is, otherwise `[a, b]` without repeats. */
export function aggregate(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? distinct[0] ?? '' : `[${distinct.join(', ')}]`;
}

function compile(bindings: readonly ResolvedBinding[]): CompiledScope {
  const granted: GrantedRule[] = [];
  const errors: string[] = [];
  for (const binding of bindings) {
    if ('missing' in binding) { errors.push(binding.missing); continue; }
    const source = `RBAC: allowed by ${describeBinding(binding)}`;
    for (const rule of binding.rules) granted.push({ rule, source });
  }
  return { rules: new CompiledRules(granted), errors };
}
