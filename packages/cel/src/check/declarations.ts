import type { CelType } from '../types/cel-type.ts';
import type { Result, Value } from '../values/value.ts';

/** One way to call a function. Costs are counted in units of about 50 ns, as Kubernetes counts them. */
export interface Overload {
  /** Names the overload in cost rules. */
  id: string;
  /** Called as `target.name(args)`; the target is the first argument then. */
  member: boolean;
  args: readonly CelType[];
  result: CelType;
  call: (...args: Value[]) => Result;
  /** What a call cost, known after it; 1 when absent. */
  cost?: (args: readonly Value[], result: Result) => number;
}

/** All overloads of a name, in the order in which they are tried. */
export type Functions = ReadonlyMap<string, readonly Overload[]>;

/** Knows the fields of structs, for the checker, and makes them, for message literals. */
export interface TypeProvider {
  hasStruct: (name: string) => boolean;
  /** Undefined when the struct has no such field. */
  fieldType: (struct: string, field: string) => CelType | undefined;
  create: (struct: string, fields: ReadonlyMap<string, Value>) => Result;
}

/** What an expression may name. */
export interface Environment {
  variables: ReadonlyMap<string, CelType>;
  functions: Functions;
  types: TypeProvider;
  /** Knows `cel.bind(name, value, result)`; only selectors of devices do. */
  bindings?: boolean;
}

/** An environment without structs. */
export const noTypes: TypeProvider = {
  hasStruct: () => false,
  fieldType: () => undefined,
  create: (struct) => { throw new Error(`broken invariant: the checker knows no ${struct}`); },
};
