import {
  boolType, bytesType, doubleType, durationType, dynType, intType, listType, mapType, nullType, optionalType, stringType, timestampType, typeType, uintType, type CelType,
} from '../types/cel-type.ts';
import { CelList } from './list.ts';
import { CelMap } from './map.ts';
import { CelStruct, Duration, Opaque, Timestamp, TypeValue, Uint, type Value } from './value.ts';

const ANY_LIST = listType(dynType);
const ANY_MAP = mapType(dynType, dynType);
const ANY_OPTIONAL = optionalType(dynType);
const TYPE = typeType();

/** The type of a value, as far as the value itself knows it: parameters are dyn. */
export function typeOf(value: Value): CelType {
  switch (typeof value) {
    case 'boolean': return boolType;
    case 'bigint': return intType;
    case 'number': return doubleType;
    case 'string': return stringType;
    default: return typeOfObject(value);
  }
}

function typeOfObject(value: Exclude<Value, boolean | bigint | number | string>): CelType {
  if (value === null) return nullType;
  if (value instanceof CelMap) return ANY_MAP;
  if (value instanceof CelList) return ANY_LIST;
  if (value instanceof CelStruct || value instanceof Opaque) return value.type;
  if (value instanceof Uint8Array) return bytesType;
  if (value instanceof Uint) return uintType;
  if (value instanceof Timestamp) return timestampType;
  if (value instanceof Duration) return durationType;
  return value instanceof TypeValue ? TYPE : ANY_OPTIONAL;
}

/** The name under which a type is known at run time: `null_type`, `google.protobuf.Duration`. */
export function runtimeTypeName(type: CelType): string {
  if (type.kind === 'null') return 'null_type';
  if (type.kind === 'timestamp') return 'google.protobuf.Timestamp';
  return type.kind === 'duration' ? 'google.protobuf.Duration' : type.name;
}

/** Whether a value can stand where a function declared `type`; element types are not looked at. */
export function fitsType(value: Value, type: CelType): boolean {
  if (type.kind === 'dyn' || type.kind === 'param') return true;
  const actual = typeOf(value);
  return actual.kind === type.kind && (actual.kind === 'list' || actual.kind === 'map' || actual.name === type.name);
}

/** CEL's size(): code points, bytes, items or entries; undefined for what has none. */
export function sizeOf(value: Value): number | undefined {
  if (typeof value === 'string') return codePoints(value);
  if (value instanceof Uint8Array) return value.length;
  return value instanceof CelList || value instanceof CelMap ? value.size : undefined;
}

export function codePoints(text: string): number {
  let surrogatePairs = 0;
  for (let i = 0; i < text.length - 1; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) surrogatePairs++;
  return text.length - surrogatePairs;
}
