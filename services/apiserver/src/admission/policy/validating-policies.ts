import { StatusError, type StatusReason } from '@kubernode/apimachinery';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { refusal } from '../refusal.ts';
import { RequestObjects } from '../request-objects.ts';
import { AccessCache, whenAccessKnown } from './access-cache.ts';
import { invocationsOf, type Invocation } from './invocations.ts';
import { judgeValidations, type Judgement, type PolicyDecision } from './judge-validations.ts';
import { PolicyHooks } from './policy-hooks.ts';
import { enclosingNamespace, isExempt, matchSubject, notReady, type PolicyServices } from './policy-services.ts';
import { compileValidatingPolicy, type CompiledValidatingPolicy, type ValidatingBinding, type ValidatingPolicy } from './validating-policy.ts';

type Hooks = PolicyHooks<ValidatingPolicy, ValidatingBinding, CompiledValidatingPolicy>;
type ValidatingInvocation = Invocation<ValidatingPolicy, ValidatingBinding, CompiledValidatingPolicy>;

const FAILURE_ANNOTATION = 'validation.policy.admission.k8s.io/validation_failure';
const ANNOTATION_LENGTH_MAX = 10 * 1024;
const CODES: Readonly<Record<string, number>> = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413 };
const INVALID_CODE = 422;

/** Asks ValidatingAdmissionPolicies: all are asked, and the client is told of the first that denies. */
export function validatingPolicies(services: PolicyServices): AdmissionPlugin {
  const group = 'admissionregistration.k8s.io';
  const hooks: Hooks = new PolicyHooks<ValidatingPolicy, ValidatingBinding, CompiledValidatingPolicy>({
    policies: services.sources({ group, resource: 'validatingadmissionpolicies' }), bindings: services.sources({ group, resource: 'validatingadmissionpolicybindings' }), compile: compileValidatingPolicy,
  });
  return {
    name: 'ValidatingAdmissionPolicy',
    validate(attributes) {
      if (hooks.ready && hooks.current.length === 0) return undefined;
      if (isExempt(attributes)) return undefined;
      if (!hooks.ready) throw notReady(attributes);
      return judgeRequest(hooks, attributes, services);
    },
  };
}

async function judgeRequest(hooks: Hooks, attributes: AdmissionAttributes, services: PolicyServices): Promise<void> {
  const namespace = await services.namespaceOf(attributes);
  const objects = new RequestObjects(attributes, services.versions);
  const { invocations, errors } = await invocationsOf(hooks.current, matchSubject(attributes, namespace, services.equivalents), { services, objects, blame: { who: 'binding', prefix: 'failed to convert object version: ' } });
  const report = new Report(attributes, services);
  for (const { policy, binding, message } of errors) {
    if (policy.spec?.failurePolicy !== 'Ignore') report.deny(policy.metadata.name, binding?.metadata.name, { message });
  }
  const access = new AccessCache(services.authorizer, attributes.user);
  for (const invocation of invocations) {
    const { hook, matched, params } = invocation;
    const subject = { attributes, matched, params, namespace: enclosingNamespace(attributes, namespace), ...await objects.in(matched) };
    const startedAt = services.clock.monotonicNow();
    const judgement = await whenAccessKnown(() => judgeValidations(hook.compiled(), subject, access.decide));
    report.add(invocation, judgement, (services.clock.monotonicNow() - startedAt) / 1000);
  }
  report.finish();
}

interface Denial { text: string; reason: StatusReason }

/** Turns judgements into warnings, annotations, metrics and at last a refusal. */
class Report {
  readonly #attributes: AdmissionAttributes;
  readonly #services: PolicyServices;
  #first: Denial | undefined;
  #failureAnnotated = false;
  /** By policy and key: what its bindings say, each value once. */
  readonly #annotations = new Map<string, Set<string>>();

  constructor(attributes: AdmissionAttributes, services: PolicyServices) {
    this.#attributes = attributes;
    this.#services = services;
  }

  add(invocation: ValidatingInvocation, { decisions, auditAnnotations, conditions }: Judgement, seconds: number): void {
    const policy = invocation.hook.policy.metadata.name;
    const binding = invocation.binding.metadata.name;
    const { metrics, conditionMetrics } = this.#services;
    if (conditions !== undefined) conditionMetrics.judged({ kind: 'policy', name: policy, type: 'validate', operation: this.#attributes.operation }, { errors: conditions.errors, durationMs: seconds * 1000 });
    for (const [index, decision] of decisions.entries()) {
      if (decision.denies) this.#act(invocation, { decision, index, seconds });
      else if (decision.isError) metrics.validated('allow', { policy, binding, fault: decision.message, seconds });
    }
    for (const annotation of auditAnnotations) {
      if (annotation.error === undefined) this.#annotate(`${policy}/${annotation.key}`, annotation.value.slice(0, ANNOTATION_LENGTH_MAX));
      else {
        this.deny(policy, binding, { message: annotation.error });
        metrics.validated('deny', { policy, binding, fault: annotation.error, seconds });
      }
    }
  }

  deny(policy: string, binding: string | undefined, { message, reason = 'Invalid' }: { message: string; reason?: string | undefined }): void {
    const by = binding === undefined ? '' : ` with binding '${binding}'`;
    this.#first ??= { text: `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${message}`, reason: reason as StatusReason }; // validation of policies allows four of them
  }

  /** @throws StatusError when anybody denied. */
  finish(): void {
    for (const [key, values] of this.#annotations) this.#attributes.annotate(key, [...values].join(', '));
    if (this.#first === undefined) return;
    const { text, reason } = this.#first;
    const { message, details } = refusal(this.#attributes, text);
    throw new StatusError({ code: CODES[reason] ?? INVALID_CODE, reason, message, details: { ...details, causes: [{ message: text }] } });
  }

  #act({ hook, binding: { metadata, spec } }: ValidatingInvocation, { decision, index, seconds }: { decision: PolicyDecision; index: number; seconds: number }): void {
    const policy = hook.policy.metadata.name;
    const binding = metadata.name;
    const check = { policy, binding, seconds, fault: decision.message }; // Kubernetes tells errors from denials by the message alone
    for (const action of spec?.validationActions ?? []) {
      if (action === 'Deny') {
        this.deny(policy, binding, decision);
        this.#services.metrics.validated('deny', check);
      } else if (action === 'Audit') {
        this.#annotateFailure({ message: decision.message, policy: spec?.policyName, binding, expressionIndex: index, validationActions: spec?.validationActions });
        this.#services.metrics.validated('audit', check);
      } else if (action === 'Warn') {
        this.#attributes.warn(`Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${binding}': ${decision.message}`);
        this.#services.metrics.validated('warn', check);
      }
    }
  }

  /** The first failure alone: annotations are written once. */
  #annotateFailure(failure: object): void {
    if (this.#failureAnnotated) return;
    this.#failureAnnotated = true;
    this.#attributes.annotate(FAILURE_ANNOTATION, JSON.stringify([failure]));
  }

  #annotate(key: string, value: string): void {
    const values = this.#annotations.get(key) ?? new Set();
    this.#annotations.set(key, values.add(value));
  }
}
