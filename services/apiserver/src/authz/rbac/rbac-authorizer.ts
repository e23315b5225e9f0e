import type { rbacV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { ObjectSource } from '../../endpoints/endpoint.ts';
import type { AuthorizationAttributes, Decision, LocalAuthorizer, UserInfo } from '../../pipeline/api-request.ts';
import { CompiledRules } from './compiled-rules.ts';
import { type BindingHit, describeBinding, type PolicyIndex, type ResolvedBinding } from './policy-index.ts';
import type { PolicyRule } from './rule-matches.ts';

/** Rules of a user as reviews list them, with what could not be resolved. */
export interface UserRules { rules: PolicyRule[]; errors: string[] }

interface CompiledSubject {
  generation: number;
  cluster: CompiledScope;
  /** Only namespaces that have bindings are remembered, so requests for made-up namespaces cannot fill memory. */
  namespaces: Map<string, CompiledScope>;
}

/** What a user's bindings of one scope give, in the order of their names. */
interface CompiledScope { grants: readonly BindingGrant[]; errors: readonly string[] }

interface BindingGrant { rules: CompiledRules; hit: BindingHit; /** Made when it is first told. */ allowed?: Decision }

const NO_OPINION: Decision = { verdict: 'noOpinion', reason: '' };

/**
 * Role-based access control. A user's bindings are looked up when the user is first seen, kept as long as the UserInfo object lives
 * (authenticators hand out the same one for the same credentials), and looked up anew once a role or a binding has changed.
 */
export class RbacAuthorizer implements LocalAuthorizer {
  readonly index: PolicyIndex;
  readonly #subjects = new WeakMap<UserInfo, CompiledSubject>();
  /** A role is compiled once, however many users it is bound to; by its list of rules, which is another one once the role changes. */
  readonly #roles = new WeakMap<readonly PolicyRule[], CompiledRules>();

  constructor(index: PolicyIndex) { this.index = index; }

  authorize(attributes: AuthorizationAttributes): Decision {
    const subject = this.#subjectOf(attributes.user);
    const byCluster = allowedBy(subject.cluster, attributes);
    if (byCluster !== undefined) return byCluster;
    const local = attributes.namespace === '' ? undefined : this.#scopeOf(subject, attributes.user, attributes.namespace);
    const byNamespace = local && allowedBy(local, attributes);
    if (byNamespace !== undefined) return byNamespace;
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
    const compiled: CompiledSubject = { generation: this.index.generation, cluster: this.#compile(this.index.resolve(user, '')), namespaces: new Map() };
    this.#subjects.set(user, compiled);
    return compiled;
  }

  #scopeOf(subject: CompiledSubject, user: UserInfo, namespace: string): CompiledScope | undefined {
    const known = subject.namespaces.get(namespace);
    if (known !== undefined || !this.index.hasBindings(namespace)) return known;
    const compiled = this.#compile(this.index.resolve(user, namespace));
    subject.namespaces.set(namespace, compiled);
    return compiled;
  }

  #compile(bindings: readonly ResolvedBinding[]): CompiledScope {
    const grants: BindingGrant[] = [];
    const errors: string[] = [];
    for (const binding of bindings) {
      if ('missing' in binding) errors.push(binding.missing);
      else grants.push({ rules: this.#compiledRole(binding.rules), hit: binding });
    }
    return { grants, errors };
  }

  #compiledRole(rules: readonly PolicyRule[]): CompiledRules {
    let compiled = this.#roles.get(rules);
    if (compiled === undefined) this.#roles.set(rules, compiled = new CompiledRules(rules));
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

function allowedBy({ grants }: CompiledScope, attributes: AuthorizationAttributes): Decision | undefined {
  for (const grant of grants) {
    if (grant.rules.allows(attributes)) return grant.allowed ??= { verdict: 'allow', reason: `RBAC: allowed by ${describeBinding(grant.hit)}` };
  }
  return undefined;
}
