import { CelCheckError, check, type CheckedExpression } from './check/checker.ts';
import type { Environment } from './check/declarations.ts';
import { estimateCost, type SizeHint } from './cost/estimate.ts';
import type { Range } from './cost/range.ts';
import { plan, type Program } from './eval/plan.ts';
import { CelSyntaxError, parse } from './syntax/parser.ts';
import type { CelType } from './types/cel-type.ts';

/** An expression that was read, checked and planned: evaluate it as often as you like. */
export interface CompiledExpression extends Program {
  text: string;
  resultType: CelType;
  /** What an evaluation can cost at least and at most, before values are known. */
  estimate: (hint: SizeHint) => Range;
  /** Whether a variable is named anywhere. */
  uses: (variable: string) => boolean;
}

/** An expression that can't be used; `message` is what Kubernetes shows, lines and all. */
export class CelCompileError extends Error {}

/** Compiles an expression. @throws CelCompileError */
export function compile(text: string, environment: Environment): CompiledExpression {
  const checked = readAndCheck(text, environment);
  const { evaluate } = plan(checked, environment);
  const names = new Set(checked.qualified.values());
  return { text, resultType: checked.resultType, evaluate, estimate: (hint) => estimateCost(checked, hint), uses: (variable) => names.has(variable) };
}

function readAndCheck(text: string, environment: Environment): CheckedExpression {
  try {
    return check(parse(text, { bindings: environment.bindings }), environment);
  } catch (error) {
    if (error instanceof CelSyntaxError || error instanceof CelCheckError) throw new CelCompileError(error.message);
    throw error;
  }
}
