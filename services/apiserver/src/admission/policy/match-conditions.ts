import { compileExpression, CONDITION, policyEnvironment, type PolicyExpression, type PolicyVariables } from '@kubernode/cel';
import { Evaluation, MATCH_CONDITIONS_BUDGET, OutOfBudget, type Inputs } from './evaluation.ts';

/** Match conditions of a webhook or policy, ready to be asked. */
export type MatchConditions = readonly PolicyExpression[];

/** Whether a request is meant; an error when that cannot be told. */
export type ConditionsVerdict = { readonly matches: boolean; readonly failedCondition?: number; readonly errors: number; readonly error?: string };

/** `variables` are those of a policy; webhooks have none. */
export function compileMatchConditions(conditions: readonly { expression: string }[], { params = false, variables }: { params?: boolean; variables?: PolicyVariables } = {}): MatchConditions {
  const environment = policyEnvironment({ params, authorizer: true, ...(variables && { variables: variables.types }) });
  return conditions.map(({ expression }) => compileExpression(expression, CONDITION, environment));
}

/** One condition that is false is enough to leave the request alone, whatever comes of the others. */
export function judgeMatchConditions(conditions: MatchConditions, inputs: Inputs, variables?: PolicyVariables): ConditionsVerdict {
  const evaluation = new Evaluation({ inputs: new Map([...inputs, ['namespaceObject', null]]), variables, budget: MATCH_CONDITIONS_BUDGET });
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
