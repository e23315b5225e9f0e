import { StatusError, type KubeObject } from '@kubernode/apimachinery';
import type { AdmissionAttributes } from '../admission.ts';
import { matchResources, type MatchCriteria, type MatchSubject } from '../matching/match-resources.ts';
import type { MatchedResource } from '../matching/match-rules.ts';
import type { RequestObjects } from '../request-objects.ts';
import { collectParams, ConfigurationFault } from './collect-params.ts';
import type { Binding, Policy, PolicyHook } from './policy-hooks.ts';
import { paramResource, type PolicyServices } from './policy-services.ts';

/** One question to a policy: under one of its bindings, with one object of parameters. */
export interface Invocation<P extends Policy, B extends Binding, C> {
  readonly hook: PolicyHook<P, B, C>;
  readonly binding: Readonly<B>;
  readonly matched: MatchedResource;
  readonly params: Readonly<KubeObject> | undefined;
}

/** Whom and what words Kubernetes blames when objects cannot be shown in the version that a policy knows. */
export interface ConversionBlame { readonly who: 'policy' | 'binding'; readonly prefix: string }

/** Something about a policy or one of its bindings is wrong, and so it cannot be asked. */
export interface ConfigurationError<P extends Policy, B extends Binding> {
  readonly policy: Readonly<P>;
  readonly binding: Readonly<B> | undefined;
  readonly message: string;
}

export interface Invocations<P extends Policy, B extends Binding, C> {
  readonly invocations: readonly Invocation<P, B, C>[];
  readonly errors: readonly ConfigurationError<P, B>[];
}

/** All questions that a request raises, in the order of policies, bindings and parameters. Match conditions are not looked at; that its objects can be shown is. */
export async function invocationsOf<P extends Policy, B extends Binding, C>(hooks: readonly PolicyHook<P, B, C>[], subject: MatchSubject, { services, objects, blame }: { services: PolicyServices; objects: RequestObjects; blame: ConversionBlame }): Promise<Invocations<P, B, C>> {
  const invocations: Invocation<P, B, C>[] = [];
  const errors: ConfigurationError<P, B>[] = [];
  for (const hook of hooks) {
    const { policy } = hook;
    const matched = attempt(() => matchResources(hook.criteria, subject));
    if (matched instanceof Error) { errors.push({ policy, binding: undefined, message: `failed to configure policy: ${matched.message}` }); continue; }
    if (matched === undefined) continue;
    const kind = attempt(() => paramResource(policy.spec?.paramKind, services.served()));
    if (kind instanceof Error) { errors.push({ policy, binding: undefined, message: `failed to configure policy: ${kind.message}` }); continue; }
    for (const { binding, criteria } of hook.bindings) {
      const isBound = attempt(() => binds(criteria, subject));
      if (isBound === false) continue;
      const params = isBound instanceof Error ? isBound : await collectParams(kind, binding.spec?.paramRef, paramsNamespace(subject.attributes)).catch(asConfigurationError);
      if (params instanceof Error) { errors.push({ policy, binding, message: `failed to configure binding: ${params.message}` }); continue; }
      const unshown = params.length === 0 ? undefined : await objects.in(matched).then(() => undefined, asConfigurationError);
      if (unshown !== undefined) errors.push({ policy, binding: blame.who === 'binding' ? binding : undefined, message: `failed to configure ${blame.who}: ${blame.prefix}${unshown.message}` });
      else invocations.push(...params.map((one) => ({ hook, binding, matched, params: one })));
    }
  }
  return { invocations, errors };
}

function binds(criteria: MatchCriteria | undefined, subject: MatchSubject): boolean {
  return criteria === undefined || matchResources(criteria, subject) !== undefined;
}

/** A namespace's own parameters may live in it. */
function paramsNamespace({ namespace, group, resource, name }: AdmissionAttributes): string {
  return namespace === '' && group === '' && resource === 'namespaces' ? name : namespace;
}

function attempt<T>(act: () => T): T | Error {
  try { return act(); } catch (error) { return asConfigurationError(error); }
}

function asConfigurationError(error: unknown): Error {
  if (error instanceof StatusError || error instanceof ConfigurationFault) return error;
  throw error;
}
