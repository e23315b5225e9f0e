import type { CelType } from '../types/cel-type.ts';
import type { CelList } from './list.ts';
import type { CelMap } from './map.ts';

/**
 * What an expression computes with. int is bigint and double is number, so that the two stay apart; int64 and uint64 bounds are kept by the
 * functions that make them.
 */
export type Value = boolean | bigint | number | string | null | Uint8Array | Uint | Timestamp | Duration | CelList | CelMap | CelStruct | TypeValue | Optional | Opaque;

/** An evaluation that failed. Errors are values: `false && error` is false. */
export class CelError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export type Result = Value | CelError;

/** CEL's ==, handed to containers that compare what they hold. */
export type SameValues = (a: Value, b: Value) => boolean;

export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

export class Timestamp {
  /** ns since 1970. */
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Duration {
  /** ns */
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class TypeValue {
  readonly type: CelType;

  constructor(type: CelType) {
    this.type = type;
  }
}

export class Optional {
  static readonly none: Optional = new Optional(undefined);
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    this.value = value;
  }
}

/** An object with declared fields. Fields that are not set are absent. */
export abstract class CelStruct {
  abstract readonly type: CelType;
  /** Undefined when the field is not set; an error when computing it failed. */
  abstract get(field: string): Result | undefined;
  abstract equals(other: CelStruct, same: SameValues): boolean;
}

/** A value that only functions of a library understand: an address, a quantity. */
export abstract class Opaque {
  abstract readonly type: CelType;
  abstract equals(other: Opaque): boolean;
}
