import { UserError } from '@kubernode/component-base';

/** What an expression may speak of: the claims of a token, a user, or a request that is to be authorized. */
export type ExpressionScope = 'claims' | 'user' | 'request';

/** A compiled CEL expression. */
export interface Expression {
  /** The value for what the scope's variable stands for; throws an Error that says why there is none. */
  evaluate(variable: unknown): unknown;
}

/** Compiles expressions of configuration files; throws a UserError with the fault. */
export interface ExpressionCompiler {
  compile(source: string, scope: ExpressionScope): Expression;
}

/** Stands in for the CEL compiler: configurations with expressions are refused at start, not misread. */
export const noExpressions: ExpressionCompiler = {
  compile() { throw new UserError('CEL expressions are not supported yet'); },
};
