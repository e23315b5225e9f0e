import { isJsonObject, type Json, type JsonObject } from '@kubernode/apimachinery';
import { formatDurationNanos, formatTimestamp } from './time-text.ts';
import { CelList } from './list.ts';
import { CelMap } from './map.ts';
import { CelError, CelStruct, Duration, Optional, Timestamp, Uint, type Value } from './value.ts';

/** JSON as a value without a schema: whole numbers are ints, objects are maps. Nothing is copied; what is below is converted when it is looked at. */
export function fromJson(json: Json): Value {
  if (typeof json === 'number') return Number.isInteger(json) ? BigInt(json) : json;
  if (Array.isArray(json)) return new JsonList(json);
  return isJsonObject(json) ? new JsonMap(json) : json;
}

/** The JSON of a value; an error for what JSON can't say. */
export function toJson(value: Value): Json | CelError {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint) return Number(value.value);
  if (value instanceof JsonList || value instanceof JsonMap) return value.json;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDurationNanos(value.nanos);
  if (value instanceof CelList) return listToJson(value, toJson);
  if (value instanceof CelMap) return mapToJson(value);
  if (value instanceof Optional) return value.value === undefined ? null : toJson(value.value);
  return new CelError(`type conversion error from '${value instanceof CelStruct ? value.type.name : 'type'}' to JSON`);
}

class JsonList extends CelList {
  readonly json: readonly Json[] & Json;

  constructor(json: Json[]) {
    super();
    this.json = json;
  }

  get size(): number {
    return this.json.length;
  }

  at(index: number): Value {
    return fromJson(this.json[index] ?? null);
  }
}

class JsonMap extends CelMap {
  readonly json: JsonObject;

  constructor(json: JsonObject) {
    super();
    this.json = json;
  }

  get size(): number {
    return Object.keys(this.json).length;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.json, key)) return undefined;
    return fromJson(this.json[key] ?? null);
  }

  keys(): Iterable<Value> {
    return Object.keys(this.json);
  }
}

/** Each item as `toJson` says; the first error where one cannot be said. */
export function listToJson(list: CelList, itemToJson: (value: Value) => Json | CelError): Json | CelError {
  const items: Json[] = [];
  for (const item of list) {
    const json = itemToJson(item);
    if (json instanceof CelError) return json;
    items.push(json);
  }
  return items;
}

function mapToJson(map: CelMap): Json | CelError {
  const entries: [string, Json][] = [];
  for (const key of map.keys()) {
    const json = toJson(map.get(key) ?? null);
    if (json instanceof CelError) return json;
    entries.push([key instanceof Uint ? String(key.value) : String(key as string | bigint | boolean), json]); // no other value is a key
  }
  return Object.fromEntries(entries);
}
