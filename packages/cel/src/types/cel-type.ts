export type TypeKind =
  | 'dyn' | 'error' | 'null' | 'bool' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'timestamp' | 'duration'
  | 'list' | 'map' | 'struct' | 'opaque' | 'type' | 'param';

/** A type of the language. Structs, opaque types and type parameters are told apart by name; lists, maps, opaque types and `type` have parameters. */
export interface CelType {
  readonly kind: TypeKind;
  readonly name: string;
  readonly params: readonly CelType[];
}

const plain = (kind: TypeKind, name: string = kind): CelType => Object.freeze({ kind, name, params: [] });

export const dynType: CelType = plain('dyn');
export const errorType: CelType = plain('error', '!error!');
export const nullType: CelType = plain('null');
export const boolType: CelType = plain('bool');
export const intType: CelType = plain('int');
export const uintType: CelType = plain('uint');
export const doubleType: CelType = plain('double');
export const stringType: CelType = plain('string');
export const bytesType: CelType = plain('bytes');
export const timestampType: CelType = plain('timestamp');
export const durationType: CelType = plain('duration');

export function listType(element: CelType): CelType {
  return { kind: 'list', name: 'list', params: [element] };
}

export function mapType(key: CelType, value: CelType): CelType {
  return { kind: 'map', name: 'map', params: [key, value] };
}

/** An object with declared fields; a TypeProvider knows them by the struct's name. */
export function structType(name: string): CelType {
  return plain('struct', name);
}

/** A type without fields that only functions understand. */
export function opaqueType(name: string, ...params: CelType[]): CelType {
  return { kind: 'opaque', name, params };
}

export function optionalType(value: CelType): CelType {
  return opaqueType('optional_type', value);
}

/** The type of types, as `type(x)` has it. */
export function typeType(of?: CelType): CelType {
  return { kind: 'type', name: 'type', params: of === undefined ? [] : [of] };
}

/** A parameter of a generic overload, or a type that inference has yet to find. */
export function paramType(name: string): CelType {
  return plain('param', name);
}

/** What an optional holds; undefined for other types. */
export function unwrapOptional(type: CelType): CelType | undefined {
  return type.kind === 'opaque' && type.name === 'optional_type' ? type.params[0] : undefined;
}

export function isDynOrError({ kind }: CelType): boolean {
  return kind === 'dyn' || kind === 'error';
}

/** Equal in kind, name and every parameter. */
export function sameType(a: CelType, b: CelType): boolean {
  return a === b || (a.kind === b.kind && a.name === b.name && a.params.length === b.params.length && a.params.every((p, i) => sameType(p, b.params[i] ?? errorType)));
}

/** A type as messages of the checker write it: `map(string, list(int))`. */
export function formatType(type: CelType): string {
  return type.params.length === 0 ? type.name : `${type.name}(${type.params.map(formatType).join(', ')})`;
}
