import type { Overload } from '../check/declarations.ts';
import { fitsType, runtimeTypeName, typeOf } from '../values/type-of.ts';
import { CelError, type Result, type Value } from '../values/value.ts';
import type { Frame } from './frame.ts';
import { elementAt } from './selection.ts';
import type { Step } from './plan.ts';

interface Call {
  name: string;
  /** What the checker left possible. */
  overloads: readonly Overload[];
  args: readonly Step[];
}

/** Operators and methods of strings say no more than that there is no such overload; other functions name themselves and what they were given. */
const TERSE = /^(_|!_|-_|@)|_$|^(contains|startsWith|endsWith|matches)$/;

/** A call: logic decides which operands it needs, everything else takes all its arguments first. */
export function planCall({ name, overloads, args }: Call): Step {
  const [first, second, third] = args;
  if (name === '_?_:_' && first !== undefined && second !== undefined && third !== undefined) return conditional(first, second, third);
  if (name === '_&&_' && first !== undefined && second !== undefined) return logic(first, second, false);
  if (name === '_||_' && first !== undefined && second !== undefined) return logic(first, second, true);
  if (name === '@not_strictly_false' && first !== undefined) return notStrictlyFalse(first);
  if (name === '_[_]' && first !== undefined && second !== undefined) return indexing(first, second);
  return strict(name, overloads, args);
}

function conditional(condition: Step, whenTrue: Step, whenFalse: Step): Step {
  return (frame) => {
    const chosen = condition(frame);
    if (chosen === true) return whenTrue(frame);
    if (chosen === false) return whenFalse(frame);
    return chosen instanceof CelError ? chosen : new CelError('no such overload');
  };
}

/** && (`decisive` false) and || (`decisive` true): either operand decides alone, even when the other one fails. */
function logic(left: Step, right: Step, decisive: boolean): Step {
  return (frame) => {
    const first = left(frame);
    if (first === decisive) return decisive;
    const second = right(frame);
    if (second === decisive) return decisive;
    if (typeof first === 'boolean' && typeof second === 'boolean') return !decisive;
    if (first instanceof CelError) return first;
    return second instanceof CelError && typeof first === 'boolean' ? second : new CelError('no such overload');
  };
}

/** Whether a fold goes on: errors may yet be outweighed by a later element. */
function notStrictlyFalse(operand: Step): Step {
  return (frame) => {
    const value = operand(frame);
    frame.charge(1);
    return value !== false;
  };
}

/** Without a look at overloads: what the container is decides, and says best what is wrong. */
function indexing(container: Step, index: Step): Step {
  return (frame) => {
    const of = container(frame);
    if (of instanceof CelError) return of;
    const at = index(frame);
    if (at instanceof CelError) return at;
    frame.charge(1);
    return elementAt(of, at);
  };
}

function strict(name: string, overloads: readonly Overload[], args: readonly Step[]): Step {
  return (frame) => {
    const values: Value[] = [];
    for (const arg of args) {
      const value = arg(frame);
      if (value instanceof CelError) return value;
      values.push(value);
    }
    return invoke({ name, overloads, values, frame });
  };
}

function invoke({ name, overloads, values, frame }: { name: string; overloads: readonly Overload[]; values: readonly Value[]; frame: Frame }): Result {
  for (const overload of overloads) {
    if (overload.args.length !== values.length || !overload.args.every((type, i) => fitsType(values[i] ?? null, type))) continue;
    const result = overload.call(...values);
    frame.charge(overload.cost?.(values, result) ?? 1);
    return result;
  }
  frame.charge(1);
  return new CelError(TERSE.test(name) ? 'no such overload' : `no such overload: ${name}(${values.map((value) => runtimeTypeName(typeOf(value))).join(', ')})`);
}
