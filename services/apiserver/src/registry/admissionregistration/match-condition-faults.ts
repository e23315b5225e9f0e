import { duplicate, invalidValue, labelKeyFaults, repeatedIndexes, required, tooMany, type FieldError } from '@kubernode/apimachinery';
import { compileExpression, CONDITION, policyEnvironment, type PolicyExpression } from '@kubernode/cel';

export interface MatchCondition { name?: string; expression?: string }

const CONDITIONS_MAX = 64;

/** Conditions of webhooks and policies. They are judged without the policy's variables, which they may use nonetheless: as in Kubernetes. */
export function matchConditionFaults(conditions: readonly MatchCondition[] | undefined, path: string, { params }: { params: boolean }): FieldError[] {
  if (conditions === undefined || conditions.length === 0) return [];
  const repeated = repeatedIndexes(conditions.map(({ name = '' }) => name));
  const environment = policyEnvironment({ params, authorizer: true });
  return [
    ...(conditions.length > CONDITIONS_MAX ? [tooMany(path, conditions.length, CONDITIONS_MAX)] : []),
    ...conditions.flatMap(({ name = '', expression = '' }, index) => [
      ...(expression.trim() === '' ? [required(`${path}[${index}].expression`)] : expressionFault(compileExpression(expression.trim(), CONDITION, environment), `${path}[${index}].expression`)),
      ...(name === '' ? [required(`${path}[${index}].name`)] : labelKeyFaults(name).map((fault) => invalidValue(`${path}[${index}].name`, name, fault))),
      ...(name !== '' && repeated.has(index) ? [duplicate(`${path}[${index}].name`, name)] : []),
    ]),
  ];
}

export function expressionFault({ text, fault }: PolicyExpression, path: string): FieldError[] {
  return fault === undefined ? [] : [invalidValue(path, text, fault)];
}
