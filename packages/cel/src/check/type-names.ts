import {
  boolType, bytesType, doubleType, durationType, dynType, intType, listType, mapType, nullType, stringType, timestampType, typeType, uintType, type CelType,
} from '../types/cel-type.ts';

/** Types that expressions can name: `type(x) == int`. */
export const TYPE_NAMES: ReadonlyMap<string, CelType> = new Map([
  ['bool', boolType], ['bytes', bytesType], ['double', doubleType], ['int', intType], ['uint', uintType], ['string', stringType], ['null_type', nullType],
  ['list', listType(dynType)], ['map', mapType(dynType, dynType)], ['type', typeType()],
  ['google.protobuf.Duration', durationType], ['google.protobuf.Timestamp', timestampType],
]);
