import { GoObject, Int, isList, typeOf, type GoMap, type ParamType, type Value } from '../values/value.ts';

/** A function that templates call. Arguments were checked against `params` before. */
export interface GoFunction {
  readonly params: readonly ParamType[];
  /** The type of any further arguments. */
  readonly rest?: ParamType;
  call(args: readonly Value[]): Value;
}

export type FunctionTable = Readonly<Record<string, GoFunction>>;

/** What an implementation gets for each type. */
interface ParamValues { any: Value; string: string; int: number; int64: bigint; uint32: number; float64: number; bool: boolean; map: GoMap; list: readonly Value[]; time: GoObject; certificate: GoObject }
type Arguments<P extends readonly ParamType[]> = { [K in keyof P]: ParamValues[P[K]] };

/** A function of so many arguments. */
export function define<const P extends readonly ParamType[]>(params: P, call: (...args: Arguments<P>) => Value): GoFunction {
  return { params, call: (args) => call(...args.map((arg, i) => unwrap(arg, params[i])) as unknown as Arguments<P>) }; // the evaluator checked them
}

/** A function of some arguments and any number more. */
export function defineVariadic<const P extends readonly ParamType[], const R extends ParamType>(params: P, rest: R, call: (fixed: Arguments<P>, more: ParamValues[R][]) => Value): GoFunction {
  return {
    params, rest,
    call: (args) => call(
      args.slice(0, params.length).map((arg, i) => unwrap(arg, params[i])) as unknown as Arguments<P>, // the evaluator checked them
      args.slice(params.length).map((arg) => unwrap(arg, rest)) as ParamValues[R][], // the evaluator checked them
    ),
  };
}

function unwrap(value: Value, type: ParamType | undefined): unknown {
  if (type === 'map') return value ?? new Map();
  if (type === 'list') return value ?? [];
  if (value instanceof Int && (type === 'int' || type === 'uint32')) return Number(value.value);
  return value instanceof Int && type === 'int64' ? value.value : value;
}

const TYPE_NAMES: Readonly<Record<ParamType, string>> = { any: 'interface {}', string: 'string', int: 'int', int64: 'int64', uint32: 'uint32', float64: 'float64', bool: 'bool', map: 'map[string]interface {}', list: '[]interface {}', time: 'time.Time', certificate: 'sprig.certificate' };

/** The type's name in Go. */
export function typeName(type: ParamType): string { return TYPE_NAMES[type]; }

/** Whether nil may stand for a value of the type. */
export function canBeNil(type: ParamType): boolean { return type === 'any' || type === 'map' || type === 'list'; }

/** Whether a value that is not nil may be passed as the type. */
export function isAssignable(value: Value, type: ParamType): boolean {
  switch (type) {
    case 'any': return true;
    case 'map': return value instanceof Map && !typeOf(value).startsWith('map[string]string');
    case 'list': return isList(value) && typeOf(value) === '[]interface {}';
    case 'time': case 'certificate': return value instanceof GoObject && value.goType === TYPE_NAMES[type];
    default: return typeOf(value) === TYPE_NAMES[type];
  }
}
