import { type Activation, CelError, CelStruct, type CelType, CostLimitExceeded, type PolicyExpression, type PolicyVariables, type Result, type Value, variablesType } from '@kubernode/cel';

/** Costs are in CEL's units, about 100 ns each: what one expression may cost, and all of them for one object and binding. */
const EXPRESSION_COST_MAX = 1_000_000;
export const POLICY_BUDGET = 10_000_000;
export const MATCH_CONDITIONS_BUDGET = 2_500_000;

/** The expressions together cost more than they may: none of those that follow is looked at. */
export class OutOfBudget extends Error {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run');
  }
}

export type Evaluated = { readonly value: Value; readonly error?: undefined } | { readonly value?: undefined; readonly error: string };

/** Values of the names that an expression may use, but `variables`. */
export type Inputs = ReadonlyMap<string, Value>;

/** One run over the expressions of a policy: the variables that they share are computed once, and all draw on one budget. */
export class Evaluation {
  readonly #activation: Activation;
  #left: number;
  /** What variables cost since it was last counted. */
  #variablesCost = 0;

  constructor({ inputs, variables, budget }: { inputs: Inputs; variables: PolicyVariables | undefined; budget: number }) {
    this.#left = budget;
    const lazy = variables === undefined ? undefined : new LazyVariables(variables, (expression) => this.#compute(expression));
    this.#activation = { get: (name) => (name === 'variables' ? lazy : inputs.get(name)) };
  }

  get left(): number {
    return this.#left;
  }

  /** @throws OutOfBudget */
  evaluate(expression: PolicyExpression): Evaluated {
    if (expression.program === undefined) return { error: `compilation error: ${expression.fault}` };
    const { result, cost } = this.#run(expression.program);
    this.#spend(this.#variablesCost);
    this.#variablesCost = 0;
    this.#spend(cost);
    return result instanceof CelError ? { error: `expression '${expression.text}' resulted in error: ${result.message}` } : { value: result };
  }

  #spend(cost: number): void {
    if (cost > this.#left) throw new OutOfBudget();
    this.#left -= cost;
  }

  #compute(expression: PolicyExpression): { result: Result; fault: boolean } {
    if (expression.program === undefined) return { result: new CelError(expression.fault), fault: true };
    const { result, cost } = this.#run(expression.program);
    this.#variablesCost += cost;
    return { result, fault: false };
  }

  #run(program: NonNullable<PolicyExpression['program']>): { result: Result; cost: number } {
    try {
      return program.evaluate(this.#activation, EXPRESSION_COST_MAX);
    } catch (error) {
      if (error instanceof CostLimitExceeded) return { result: new CelError(error.message), cost: EXPRESSION_COST_MAX };
      throw error;
    }
  }
}

/** `variables`: each is computed when it is first asked for. */
class LazyVariables extends CelStruct {
  readonly type: CelType = variablesType;
  readonly #variables: PolicyVariables;
  readonly #compute: (expression: PolicyExpression) => { result: Result; fault: boolean };
  readonly #known = new Map<string, Result>();

  constructor(variables: PolicyVariables, compute: (expression: PolicyExpression) => { result: Result; fault: boolean }) {
    super();
    this.#variables = variables;
    this.#compute = compute;
  }

  get(name: string): Result | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const expression = this.#variables.expressions.get(name);
    if (expression === undefined) return undefined;
    const { result, fault } = this.#compute(expression);
    const value = result instanceof CelError ? new CelError(`composited variable ${JSON.stringify(name)} fails to ${fault ? 'compile' : 'evaluate'}: ${result.message}`) : result;
    this.#known.set(name, value);
    return value;
  }

  equals(other: CelStruct): boolean {
    return this === other;
  }
}
