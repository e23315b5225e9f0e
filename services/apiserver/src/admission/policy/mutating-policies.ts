import { internalError, serviceUnavailable, StatusError, type KubeObject } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { schemaNameOfKind } from '../../openapi/schema-name.ts';
import { builtInSchema } from '../../registry/object-schemas.ts';
import { jsonEquals } from '../../registry/write/json-equals.ts';
import type { AdmissionAttributes, AdmissionPlugin, AdmissionRounds } from '../admission.ts';
import type { MatchedResource } from '../matching/match-rules.ts';
import { refusal } from '../refusal.ts';
import { Reinvocation } from '../reinvocation.ts';
import { RequestObjects } from '../request-objects.ts';
import { AccessCache, whenAccessKnown } from './access-cache.ts';
import { invocationsOf, type Invocation } from './invocations.ts';
import { judgeMatchConditions } from './match-conditions.ts';
import { mutateObject, MutationFault, type MutationSubject } from './mutate-object.ts';
import { compileMutatingPolicy, type CompiledMutatingPolicy, type CompiledMutation, type MutatingBinding, type MutatingPolicy } from './mutating-policy.ts';
import { PolicyHooks } from './policy-hooks.ts';
import type { PolicySubject } from './policy-inputs.ts';
import { enclosingNamespace, isExempt, kindText, matchSubject, notReady, type PolicyServices } from './policy-services.ts';

type Hooks = PolicyHooks<MutatingPolicy, MutatingBinding, CompiledMutatingPolicy>;
type MutatingInvocation = Invocation<MutatingPolicy, MutatingBinding, CompiledMutatingPolicy>;

const NAME = 'MutatingAdmissionPolicy';

/** Asks MutatingAdmissionPolicies one after the other, each about what the one before made of the object. */
export function mutatingPolicies(services: PolicyServices): AdmissionPlugin {
  const group = 'admissionregistration.k8s.io';
  const hooks: Hooks = new PolicyHooks<MutatingPolicy, MutatingBinding, CompiledMutatingPolicy>({
    policies: services.sources({ group, resource: 'mutatingadmissionpolicies' }), bindings: services.sources({ group, resource: 'mutatingadmissionpolicybindings' }), compile: compileMutatingPolicy,
  });
  return {
    name: NAME,
    admit(attributes, rounds) {
      if (hooks.ready && hooks.current.length === 0) return undefined;
      if (attributes.operation === 'DELETE' || isExempt(attributes)) return undefined;
      if (!hooks.ready) throw notReady(attributes);
      return mutateRequest(hooks, attributes, { rounds, services });
    },
  };
}

async function mutateRequest(hooks: Hooks, attributes: AdmissionAttributes, { rounds, services }: { rounds: AdmissionRounds; services: PolicyServices }): Promise<void> {
  const namespace = await services.namespaceOf(attributes);
  const objects = new RequestObjects(attributes, services.versions);
  const { invocations, errors } = await invocationsOf(hooks.current, matchSubject(attributes, namespace, services.equivalents), { services, objects, blame: { who: 'policy', prefix: '' } });
  const faults = new Faults(attributes);
  for (const { policy, binding, message } of errors) faults.add(policy, binding, { message, isInvalid: false });
  if (invocations.length > 0) {
    const request = new MutatedRequest({ attributes, objects, rounds, services, namespace: enclosingNamespace(attributes, namespace), faults });
    await request.ask(invocations);
  }
  faults.finish();
}

interface RequestParts { attributes: AdmissionAttributes; objects: RequestObjects; rounds: AdmissionRounds; services: PolicyServices; namespace: Readonly<KubeObject> | undefined; faults: Faults }

/** One round of one write. */
class MutatedRequest {
  readonly #parts: RequestParts;
  readonly #reinvocation: Reinvocation;
  readonly #access: AccessCache;
  /** A mutation was carried out, be it without effect. */
  #isMutated = false;

  constructor(parts: RequestParts) {
    this.#parts = parts;
    this.#reinvocation = Reinvocation.of(parts.rounds, NAME);
    this.#access = new AccessCache(parts.services.authorizer, parts.attributes.user);
  }

  async ask(invocations: readonly MutatingInvocation[]): Promise<void> {
    const { attributes, objects, rounds } = this.#parts;
    if (rounds.isReinvocation) this.#reinvocation.resume(attributes.object);
    try {
      for (const invocation of invocations) await this.#invoke(invocation);
      if (this.#isMutated) this.#askAgain();
      await objects.settle().catch((error: unknown) => { throw internalError(new Error(`failed to convert object: ${errorMessage(error)}`)); });
    } finally { this.#reinvocation.suspend(attributes.object); }
  }

  async #invoke(invocation: MutatingInvocation): Promise<void> {
    const { objects, rounds } = this.#parts;
    const { hook: { policy }, binding, matched, params } = invocation;
    if (!await this.#isMeant(invocation)) return;
    const key = [policy.metadata.name, binding.metadata.name, params?.metadata.namespace, params?.metadata.name].join('/');
    if (rounds.isReinvocation && !this.#reinvocation.wants(key)) return;
    const before = await objects.in(matched);
    for (const mutation of invocation.hook.compiled().mutations) await this.#mutate(mutation, invocation);
    const after = await objects.in(matched);
    if (!jsonEquals(before.object, after.object)) this.#reinvocation.objectChanged();
    if (policy.spec?.reinvocationPolicy === 'IfNeeded') this.#reinvocation.remember(key);
  }

  /** All that are willing, also the one that mutated last: Kubernetes looks at the request as a whole once more in the end. */
  #askAgain(): void {
    this.#reinvocation.objectChanged();
    this.#parts.rounds.askForAnother();
  }

  /** Whether the policy's conditions hold. */
  async #isMeant({ hook, binding, matched, params }: MutatingInvocation): Promise<boolean> {
    const { conditions, variables } = hook.compiled();
    if (conditions.length === 0) return true;
    const { attributes, faults, services: { clock, conditionMetrics } } = this.#parts;
    const startedAt = clock.monotonicNow();
    const subject = await this.#subject(matched, params);
    const { matches, errors, error } = await whenAccessKnown(() => judgeMatchConditions(conditions, subject, { decide: this.#access.decide, variables }));
    conditionMetrics.judged({ kind: 'policy', name: hook.policy.metadata.name, type: 'validate', operation: attributes.operation }, { errors, durationMs: clock.monotonicNow() - startedAt }); // of mutating policies, too, Kubernetes says so
    if (error !== undefined) faults.add(hook.policy, binding, { message: error, isInvalid: true });
    return matches;
  }

  async #mutate(mutation: CompiledMutation, { hook: { policy, compiled }, binding, matched, params }: MutatingInvocation): Promise<void> {
    const { objects, services, faults } = this.#parts;
    const subject = await this.#subject(matched, params);
    if (subject.object === undefined) return;
    const { clock, metrics } = services;
    const startedAt = clock.monotonicNow();
    const check = (fault: string | undefined): void => { metrics.mutated({ policy: policy.metadata.name, binding: binding.metadata.name, fault, seconds: (clock.monotonicNow() - startedAt) / 1000 }); };
    try {
      const mutated: MutationSubject = { ...subject, object: subject.object, ...schemaOf(subject.object, matched, services) };
      const changed = await whenAccessKnown(() => mutateObject(mutation, { subject: mutated, variables: compiled().variables, decide: this.#access.decide }));
      objects.change(changed, matched);
      this.#isMutated = true;
      check(undefined);
    } catch (error) {
      if (error instanceof MutationFault || error instanceof StatusError) check(error.message);
      if (!(error instanceof MutationFault)) throw error;
      faults.add(policy, binding, { message: error.message, isInvalid: true });
    }
  }

  async #subject(matched: MatchedResource, params: Readonly<KubeObject> | undefined): Promise<PolicySubject> {
    const { attributes, namespace, objects } = this.#parts;
    return { attributes, matched, params, namespace, ...await objects.in(matched) };
  }
}

function schemaOf(object: Readonly<KubeObject>, matched: MatchedResource, { resolve }: PolicyServices): Pick<MutationSubject, 'schema' | 'resolver'> {
  const served = resolve(matched.group, matched.version, matched.resource);
  const ofResource = served?.kind.kind === object.kind ? served : undefined;
  if (ofResource?.custom !== undefined) return { schema: ofResource.custom.fieldSchema, resolver: builtInSchema };
  const name = ofResource?.facts.schema ?? schemaNameOfKind(matched.kind);
  if (name === undefined) throw serviceUnavailable(`Resource kind ${kindText(matched.kind)} not found. There can be a delay between when CustomResourceDefinitions are created and when they are available.`);
  return { schema: { $ref: `#/components/schemas/${name}` }, resolver: builtInSchema };
}

/** What keeps policies that do not fail open from being carried out; together they refuse the request. */
class Faults {
  readonly #attributes: AdmissionAttributes;
  readonly #found: { message: string; isInvalid: boolean }[] = [];

  constructor(attributes: AdmissionAttributes) { this.#attributes = attributes; }

  add({ metadata, spec }: Readonly<MutatingPolicy>, binding: Readonly<MutatingBinding> | undefined, { message, isInvalid }: { message: string; isInvalid: boolean }): void {
    if (spec?.failurePolicy === 'Ignore') return;
    const who = binding === undefined ? `policy ${JSON.stringify(metadata.name)}` : `policy '${metadata.name}' with binding '${binding.metadata.name}'`;
    this.#found.push({ message: `${who} denied request: ${message}`, isInvalid });
  }

  /** @throws StatusError of the first, with all as causes. */
  finish(): void {
    const [first] = this.#found;
    if (first === undefined) return;
    const { code, details } = refusal(this.#attributes, '');
    throw new StatusError({ code, reason: first.isInvalid ? 'Invalid' : 'Forbidden', message: first.message, details: { ...details, causes: this.#found.map(({ message }) => ({ message })) } });
  }
}

