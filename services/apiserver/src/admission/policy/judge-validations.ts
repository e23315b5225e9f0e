import type { DecideAccess, Value } from '@kubernode/cel';
import { Evaluation, OutOfBudget, POLICY_BUDGET, type Evaluated } from './evaluation.ts';
import { judgeMatchConditions, type ConditionsVerdict } from './match-conditions.ts';
import { policyInputs, type PolicySubject } from './policy-inputs.ts';
import type { CompiledValidatingPolicy, CompiledValidation } from './validating-policy.ts';

const MESSAGE_BYTES_MAX = 5 * 1024;

/** What came of one validation. Errors count as denials unless the policy fails open. */
export interface PolicyDecision {
  readonly denies: boolean;
  readonly isError: boolean;
  readonly message: string;
  /** Invalid when the policy names none; absent for errors. */
  readonly reason?: string;
}

export type AuditAnnotation = { readonly key: string; readonly value: string; readonly error?: undefined } | { readonly error: string };

export interface Judgement {
  readonly decisions: readonly PolicyDecision[];
  readonly auditAnnotations: readonly AuditAnnotation[];
  /** Undefined where there are none. */
  readonly conditions: ConditionsVerdict | undefined;
}

/** Asks a policy about one request and one object of parameters. Throws what `decide` throws. */
export function judgeValidations(policy: CompiledValidatingPolicy, subject: PolicySubject, decide: DecideAccess): Judgement {
  const error = (message: string): PolicyDecision => ({ denies: !policy.failsOpen, isError: true, message });
  const asked = policyInputs(subject, decide);
  const conditions = policy.conditions.length === 0 ? undefined : judgeMatchConditions(policy.conditions, subject, { decide, variables: policy.variables });
  if (conditions?.error !== undefined) return { decisions: policy.failsOpen ? [] : [error(conditions.error)], auditAnnotations: [], conditions };
  if (conditions?.matches === false) return { decisions: [], auditAnnotations: [], conditions };
  const untrusted = policyInputs(subject); // messages and annotations may not ask the authorizer
  try {
    const evaluation = new Evaluation({ inputs: asked, variables: policy.variables, budget: POLICY_BUDGET });
    const results = policy.validations.map(({ expression }) => evaluation.evaluate(expression));
    const messages = results.every(({ value }) => value === true) ? [] : messagesOf(policy, new Evaluation({ inputs: untrusted, variables: policy.variables, budget: evaluation.left }));
    const decisions = results.map((result, index) => decisionOf(result, { validation: policy.validations[index] as CompiledValidation, messages, index, error })); // as many as there are results
    return { decisions, auditAnnotations: annotationsOf(policy, new Evaluation({ inputs: untrusted, variables: policy.variables, budget: POLICY_BUDGET })), conditions };
  } catch (fault) {
    if (!(fault instanceof OutOfBudget)) throw fault;
    return { decisions: [error(fault.message)], auditAnnotations: [], conditions };
  }
}

type Messages = readonly (Evaluated | undefined)[] | OutOfBudget;

function messagesOf({ validations }: CompiledValidatingPolicy, evaluation: Evaluation): Messages {
  try {
    return validations.map(({ messageExpression }) => messageExpression && evaluation.evaluate(messageExpression));
  } catch (error) {
    if (error instanceof OutOfBudget) return error;
    throw error;
  }
}

function decisionOf({ value, error: fault }: Evaluated, { validation, messages, index, error }: { validation: CompiledValidation; messages: Messages; index: number; error: (message: string) => PolicyDecision }): PolicyDecision {
  if (fault !== undefined) return error(fault);
  if (messages instanceof OutOfBudget) return error(`failed messageExpression: ${messages.message}`);
  if (value === true) return { denies: false, isError: false, message: '' };
  return { denies: true, isError: false, message: denialMessage(validation, messages[index]?.value), reason: validation.reason ?? 'Invalid' };
}

/** The computed message when it is fit to be shown; else the fixed one; else the expression. */
function denialMessage({ expression, message }: CompiledValidation, computed: Value | undefined): string {
  const text = typeof computed === 'string' ? computed.trim() : '';
  if (text !== '' && Buffer.byteLength(text) <= MESSAGE_BYTES_MAX && !text.includes('\n')) return text;
  return message === '' ? `failed expression: ${expression.text.trim()}` : message.trim();
}

function annotationsOf({ auditAnnotations, failsOpen }: CompiledValidatingPolicy, evaluation: Evaluation): AuditAnnotation[] {
  return auditAnnotations.flatMap(({ key, value: expression }): AuditAnnotation[] => {
    const { value, error } = evaluation.evaluate(expression);
    if (error !== undefined) return failsOpen ? [] : [{ error }];
    const text = typeof value === 'string' ? value.trim() : '';
    return text === '' ? [] : [{ key, value: text }];
  });
}
