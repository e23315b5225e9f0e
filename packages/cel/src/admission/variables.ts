import { dynType, type CelType } from '../types/cel-type.ts';
import { compileExpression, variableType, type PolicyExpression } from './compile-expression.ts';
import { policyEnvironment, type EnvironmentOptions } from './policy-environment.ts';

export interface NamedExpression { readonly name: string; readonly expression: string }

/** Composed variables of a policy: what their types are, and how they are computed. */
export interface PolicyVariables {
  readonly types: ReadonlyMap<string, CelType>;
  readonly expressions: ReadonlyMap<string, PolicyExpression>;
}

/** Compiles variables in order: each may use those before it. */
export function compileVariables(variables: readonly NamedExpression[], options: EnvironmentOptions): PolicyVariables {
  const types = new Map<string, CelType>();
  const expressions = new Map<string, PolicyExpression>();
  const environment = policyEnvironment({ ...options, variables: types });
  for (const { name, expression } of variables) {
    const compiled = compileExpression(expression, 'any', environment);
    types.set(name, compiled.program === undefined ? dynType : variableType(compiled.program.resultType));
    expressions.set(name, compiled);
  }
  return { types, expressions };
}
