import { compileExpression, CONDITION, type DecideAccess, policyEnvironment, type PolicyExpression, type PolicyVariables } from '@kubernode/cel';
import { requestedResource } from '../matching/match-rules.ts';
import { Evaluation, MATCH_CONDITIONS_BUDGET, OutOfBudget } from './evaluation.ts';
import { policyInputs, type PolicySubject } from './policy-inputs.ts';

/** Match conditions of a webhook or policy, ready to be asked. */
export type MatchConditions = readonly PolicyExpression[];

/** Whether a request is meant; an error when that cannot be told. */
export type ConditionsVerdict = { readonly matches: boolean; readonly failedCondition?: number; readonly errors: number; readonly error?: string };

/** `variables` are those of a policy; webhooks have none. */
export function compileMatchConditions(conditions: readonly { expression: string }[], { params = false, variables }: { params?: boolean; variables?: PolicyVariables } = {}): MatchConditions {
  const environment = policyEnvironment({ params, authorizer: true, ...(variables && { variables: variables.types }) });
  return conditions.map(({ expression }) => compileExpression(expression, CONDITION, environment));
}

/**
 * One condition that is false is enough to leave the request alone, whatever comes of the others. Conditions see the resource of the
 * request, whatever version it is matched in, and no namespace; `variables` are those of a policy. Throws what `decide` throws.
 */
export function judgeMatchConditions(conditions: MatchConditions, subject: Omit<PolicySubject, 'namespace'>, { decide, variables }: { decide: DecideAccess; variables?: PolicyVariables }): ConditionsVerdict {
  const { attributes, matched: { kind } } = subject;
  const inputs = policyInputs({ ...subject, namespace: undefined, matched: { ...requestedResource(attributes), kind } }, decide);
  const evaluation = new Evaluation({ inputs, variables, budget: MATCH_CONDITIONS_BUDGET });
  const errors: string[] = [];
  try {
    const results = conditions.map((condition) => evaluation.evaluate(condition));
    for (const [index, { value, error }] of results.entries()) {
      if (error !== undefined) errors.push(error);
      if (value === false) return { matches: false, failedCondition: index, errors: errors.length };
    }
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error;
    return { matches: false, errors: errors.length, error: error.message };
  }
  return errors.length === 0 ? { matches: true, errors: 0 } : { matches: false, errors: errors.length, error: aggregate(errors) };
}

/** Errors as Kubernetes lists several: each once. */
function aggregate(errors: readonly string[]): string {
  const distinct = [...new Set(errors)];
  return distinct.length === 1 ? distinct.join() : `[${distinct.join(', ')}]`;
}
