import type { admissionregistrationV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { ObjectSource } from '../../endpoints/endpoint.ts';
import { compileMatchResources, type MatchCriteria, type MatchResources } from '../matching/match-resources.ts';
import type { ParamRef } from './collect-params.ts';

export type ParamKind = Partial<admissionregistrationV1.ParamKind>;

/** What policies of both kinds have in common. */
export interface Policy extends KubeObject {
  spec?: { failurePolicy?: string; paramKind?: ParamKind; matchConstraints?: MatchResources };
}

export interface Binding extends KubeObject {
  spec?: { policyName?: string; paramRef?: ParamRef; matchResources?: MatchResources };
}

export interface PolicyHook<P extends Policy, B extends Binding, C> {
  readonly policy: Readonly<P>;
  readonly criteria: MatchCriteria;
  readonly bindings: readonly BoundCriteria<B>[];
  /** Compiled when the first request needs it. */
  compiled(): C;
}

export interface BoundCriteria<B extends Binding> {
  readonly binding: Readonly<B>;
  /** Undefined: all that the policy is for. */
  readonly criteria: MatchCriteria | undefined;
}

interface Kept<C> { uid: string | undefined; generation: number | undefined; compile(): C }

/** The policies that have bindings, by name, each with its bindings by theirs. Made anew after a change; what was compiled stays until its policy changes. */
export class PolicyHooks<P extends Policy, B extends Binding, C> {
  readonly #policies: ObjectSource<P>;
  readonly #bindings: ObjectSource<B>;
  readonly #compile: (policy: Readonly<P>) => C;
  #kept: ReadonlyMap<string, Kept<C>> = new Map();
  #current: readonly PolicyHook<P, B, C>[] | undefined;

  constructor({ policies, bindings, compile }: { policies: ObjectSource<P>; bindings: ObjectSource<B>; compile: (policy: Readonly<P>) => C }) {
    this.#policies = policies;
    this.#bindings = bindings;
    this.#compile = compile;
    for (const source of [policies, bindings]) source.onChange(() => { this.#current = undefined; });
  }

  /** Until then nobody knows which policies there are. */
  get ready(): boolean {
    return this.#policies.ready && this.#bindings.ready;
  }

  get current(): readonly PolicyHook<P, B, C>[] {
    return this.#current ??= this.#make();
  }

  #make(): readonly PolicyHook<P, B, C>[] {
    const byPolicy = bindingsByPolicy(byName(this.#bindings.list()));
    const kept = new Map<string, Kept<C>>();
    const hooks = byName(this.#policies.list()).flatMap((policy) => {
      const bindings = byPolicy.get(policy.metadata.name);
      if (bindings === undefined) return [];
      const compile = this.#compilerOf(policy);
      kept.set(policy.metadata.name, compile);
      return [{
        policy, criteria: compileMatchResources(policy.spec?.matchConstraints ?? {}), compiled: () => compile.compile(),
        bindings: bindings.map((binding) => ({ binding, criteria: binding.spec?.matchResources && compileMatchResources(binding.spec.matchResources) })),
      }];
    });
    this.#kept = kept;
    return hooks;
  }

  #compilerOf(policy: Readonly<P>): Kept<C> {
    const { name, uid, generation } = policy.metadata;
    const known = this.#kept.get(name);
    if (known !== undefined && known.uid === uid && known.generation === generation) return known;
    let compiled: C | undefined;
    return { uid, generation, compile: () => compiled ??= this.#compile(policy) };
  }
}

function bindingsByPolicy<B extends Binding>(bindings: readonly Readonly<B>[]): ReadonlyMap<string, readonly Readonly<B>[]> {
  const byPolicy = new Map<string, Readonly<B>[]>();
  for (const binding of bindings) {
    const policy = binding.spec?.policyName ?? '';
    byPolicy.set(policy, [...byPolicy.get(policy) ?? [], binding]);
  }
  return byPolicy;
}

function byName<T extends KubeObject>(objects: Iterable<Readonly<T>>): Readonly<T>[] {
  return [...objects].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}
