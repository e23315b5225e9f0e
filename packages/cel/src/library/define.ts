import type { Functions, Overload } from '../check/declarations.ts';
import * as types from '../types/cel-type.ts';
import type { CelType } from '../types/cel-type.ts';
import type { CelList } from '../values/list.ts';
import type { CelMap } from '../values/map.ts';
import type { Duration, Optional, Result, Timestamp, TypeValue, Uint, Value } from '../values/value.ts';

/** A declared type that knows what its values are in TypeScript, so that implementations need no casts. */
export interface Arg<V extends Value> extends CelType {
  readonly of?: V;
}

export const bool: Arg<boolean> = types.boolType;
export const int: Arg<bigint> = types.intType;
export const uint: Arg<Uint> = types.uintType;
export const double: Arg<number> = types.doubleType;
export const string: Arg<string> = types.stringType;
export const bytes: Arg<Uint8Array> = types.bytesType;
export const timestamp: Arg<Timestamp> = types.timestampType;
export const duration: Arg<Duration> = types.durationType;
export const dyn: Arg<Value> = types.dynType;
/** Type parameters of generic overloads. */
export const T: Arg<Value> = types.paramType('T');
export const K: Arg<Value> = types.paramType('K');
export const V: Arg<Value> = types.paramType('V');

export function listOf(element: CelType): Arg<CelList> {
  return types.listType(element);
}

export function mapOf(key: CelType, value: CelType): Arg<CelMap> {
  return types.mapType(key, value);
}

export function optionalOf(value: CelType): Arg<Optional> {
  return types.optionalType(value);
}

export function typeOfType(of: CelType): Arg<TypeValue> {
  return types.typeType(of);
}

type Args<A extends readonly Value[]> = { readonly [I in keyof A]: Arg<A[I]> };
type Cost = NonNullable<Overload['cost']>;

/** An overload that is called as `name(args)`. */
export function plain<const A extends readonly Value[]>(id: string, args: Args<A>, result: CelType, call: (...args: A) => Result, cost?: Cost): Overload {
  return { id, member: false, args, result, call: call as unknown as Overload['call'], ...(cost && { cost }) }; // evaluation checks arguments against `args` first
}

/** An overload that is called as `target.name(args)`. */
export function member<const A extends readonly Value[]>(id: string, args: Args<A>, result: CelType, call: (...args: A) => Result, cost?: Cost): Overload {
  return { ...plain(id, args, result, call, cost), member: true };
}

/** One function and its overloads. */
export type FunctionEntry = readonly [name: string, overloads: readonly Overload[]];

/** Puts libraries together; overloads of one name are tried in the order of the libraries. */
export function functionTable(...libraries: readonly (readonly FunctionEntry[])[]): Functions {
  const table = new Map<string, Overload[]>();
  for (const [name, overloads] of libraries.flat()) table.set(name, [...table.get(name) ?? [], ...overloads]);
  return table;
}
