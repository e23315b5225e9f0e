/**
 * What an expression of a configuration file is for, which says what it may speak of and what it has to give: a value of a user from a
 * token's `claims`, a rule of `claims`, a rule of the `user`, or whether a webhook is asked about a `request`.
 */
export type ExpressionUse = 'claimMapping' | 'claimRule' | 'userRule' | 'matchCondition';

/** A compiled CEL expression. */
export interface Expression {
  /** The value, as JSON, for what the use's variable stands for; throws an Error that says why there is none. */
  evaluate(variable: unknown): unknown;
}

/** Compiles expressions of configuration files; throws an Error with the fault. */
export interface ExpressionCompiler {
  compile(source: string, use: ExpressionUse): Expression;
}
