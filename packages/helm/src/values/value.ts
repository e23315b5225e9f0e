/**
 * Values as Go's templates see them. null is nil; a number is a float64; a Map is a map[string]interface{} (mutable: `set` changes it);
 * an array is a slice and is never changed.
 */
export type Value = null | boolean | string | number | Int | GoObject | readonly Value[] | GoMap;
export type GoMap = Map<string, Value>;

export type IntType = 'int' | 'int8' | 'int16' | 'int32' | 'int64' | 'uint' | 'uint8' | 'uint16' | 'uint32' | 'uint64' | 'time.Duration' | 'time.Month' | 'time.Weekday';

/** A whole number of one of Go's types. */
export class Int {
  readonly value: bigint;
  readonly type: IntType;

  constructor(value: bigint | number, type: IntType = 'int') {
    this.value = type === 'int' || type === 'int64' ? BigInt.asIntN(64, BigInt(value)) : BigInt(value);
    this.type = type;
  }
}

/** A method that a template can call. */
export type GoMethod = (args: readonly Value[]) => Value;

/** A value with fields or methods: a struct, a time, bytes. */
export interface GoObject {
  /** As `typeOf` says it: `*chart.Metadata`. */
  readonly goType: string;
  readonly goKind: string;
  /** A field or method by name. */
  member(name: string): Value | GoMethod | undefined;
  /** As `%v` prints it. */
  format(): string;
  /** As encoding/json has it. */
  toPlain(): Value;
  isEmpty(): boolean;
}
