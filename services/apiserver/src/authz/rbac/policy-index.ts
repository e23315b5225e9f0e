import { goQuote } from '@kubernode/apimachinery';
import type { rbacV1 } from '@kubernode/api';
import type { UserInfo } from '../../pipeline/api-request.ts';
import type { PolicyRule } from './rule-matches.ts';

export type AnyRole = Readonly<rbacV1.Role | rbacV1.ClusterRole>;
export type AnyBinding = Readonly<rbacV1.RoleBinding | rbacV1.ClusterRoleBinding>;

/** A binding that reaches a user, by the first of its subjects that does. */
export interface BindingHit { binding: AnyBinding; subject: Readonly<rbacV1.Subject> }

/** Rules of one binding of a user, or why there are none. */
export type ResolvedBinding = BindingHit & ({ rules: readonly PolicyRule[] } | { missing: string });

/**
 * Roles and bindings, indexed by who is bound: what a request's user has is found without walking over other users' bindings.
 * `generation` grows with every change, so that whatever was derived from the index can tell whether it still holds.
 */
export class PolicyIndex {
  generation = 0;
  readonly #roles = new Map<string, readonly PolicyRule[]>();
  /** namespace ('' for cluster-wide) → subject → binding name → hit. */
  readonly #bySubject = new Map<string, Map<string, Map<string, BindingHit>>>();
  /** binding key → the subjects under which it is indexed. */
  readonly #subjectsOf = new Map<string, readonly string[]>();

  setRole(role: AnyRole): void {
    this.generation++;
    this.#roles.set(roleKey(role.metadata.namespace ?? '', role.metadata.name), role.rules ?? []);
  }

  deleteRole(role: AnyRole): void {
    this.generation++;
    this.#roles.delete(roleKey(role.metadata.namespace ?? '', role.metadata.name));
  }

  setBinding(binding: AnyBinding): void {
    this.deleteBinding(binding);
    const namespace = binding.metadata.namespace ?? '';
    const subjects = new Map<string, BindingHit>(); // the first subject of each kind and name counts
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, namespace);
      if (key !== undefined && !subjects.has(key)) subjects.set(key, { binding, subject });
    }
    let ofNamespace = this.#bySubject.get(namespace);
    if (ofNamespace === undefined) this.#bySubject.set(namespace, ofNamespace = new Map());
    for (const [key, hit] of subjects) {
      const hits = ofNamespace.get(key);
      if (hits === undefined) ofNamespace.set(key, new Map([[binding.metadata.name, hit]]));
      else hits.set(binding.metadata.name, hit);
    }
    this.#subjectsOf.set(roleKey(namespace, binding.metadata.name), [...subjects.keys()]);
  }

  deleteBinding(binding: AnyBinding): void {
    this.generation++;
    const namespace = binding.metadata.namespace ?? '';
    const key = roleKey(namespace, binding.metadata.name);
    const ofNamespace = this.#bySubject.get(namespace);
    for (const subject of this.#subjectsOf.get(key) ?? []) {
      const hits = ofNamespace?.get(subject);
      hits?.delete(binding.metadata.name);
      if (hits?.size === 0) ofNamespace?.delete(subject);
    }
    if (ofNamespace?.size === 0) this.#bySubject.delete(namespace);
    this.#subjectsOf.delete(key);
  }

  /** Whether a namespace has bindings at all; most have none of their own. */
  hasBindings(namespace: string): boolean {
    return this.#bySubject.has(namespace);
  }

  /** A user's bindings in one namespace, or cluster-wide for '', by name of the binding, with the rules of their roles. */
  resolve(user: UserInfo, namespace: string): ResolvedBinding[] {
    const ofNamespace = this.#bySubject.get(namespace);
    if (ofNamespace === undefined) return [];
    const hits = new Map<string, BindingHit>();
    for (const key of userKeys(user)) {
      for (const [name, hit] of ofNamespace.get(key) ?? []) {
        const seen = hits.get(name);
        if (seen === undefined || comesBefore(hit, seen)) hits.set(name, hit);
      }
    }
    return [...hits.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, hit]) => ({ ...hit, ...this.rulesOf(hit.binding.roleRef, namespace) }));
  }

  /** The rules of a role that a binding in `namespace` refers to. */
  rulesOf({ kind, name }: Readonly<rbacV1.RoleRef>, namespace: string): { rules: readonly PolicyRule[] } | { missing: string } {
    if (kind !== 'Role' && kind !== 'ClusterRole') return { missing: `unsupported role reference kind: ${goQuote(kind)}` };
    const rules = this.#roles.get(roleKey(kind === 'Role' ? namespace : '', name));
    return rules === undefined ? { missing: `${kind.toLowerCase()}.rbac.authorization.k8s.io ${goQuote(name)} not found` } : { rules };
  }
}

/** `RoleBinding "b/ns" of Role "r" to User "alice"`, as reasons tell it. */
export function describeBinding({ binding, subject }: BindingHit): string {
  const { name, namespace = '' } = binding.metadata;
  const kind = namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding';
  const shown = namespace === '' ? name : `${name}/${namespace}`;
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || namespace}` : subject.name;
  return `${kind} ${goQuote(shown)} of ${binding.roleRef.kind} ${goQuote(binding.roleRef.name)} to ${subject.kind} ${goQuote(who)}`;
}

const roleKey = (namespace: string, name: string): string => `${namespace}/${name}`;

function subjectKey(subject: Readonly<rbacV1.Subject>, bindingNamespace: string): string | undefined {
  switch (subject.kind) {
    case 'User': return `u:${subject.name}`;
    case 'Group': return `g:${subject.name}`;
    case 'ServiceAccount': {
      const namespace = subject.namespace || bindingNamespace;
      return namespace === '' ? undefined : `u:system:serviceaccount:${namespace}:${subject.name}`;
    }
    default: return undefined;
  }
}

function userKeys({ name, groups }: UserInfo): string[] {
  return [`u:${name}`, ...groups.map((group) => `g:${group}`)];
}

/** A binding may name both the user and one of the groups: the subject that stands first is the one that is told. */
function comesBefore(hit: BindingHit, seen: BindingHit): boolean {
  const subjects = hit.binding.subjects ?? [];
  return subjects.indexOf(hit.subject) < subjects.indexOf(seen.subject);
}
