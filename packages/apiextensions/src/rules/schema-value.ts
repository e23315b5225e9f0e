import { isJsonObject, type Json, type JsonObject } from '@kubernode/apimachinery';
import {
  CelError, CelList, CelMap, CelStruct, Duration, fromJson, parseDurationNanos, parseTimestamp, valuesEqual, type CelType, type SameValues, type Value,
} from '@kubernode/cel';
import { keyOf } from '../values/list-types.ts';
import type { DeclaredType } from './declared-type.ts';

/** A JSON value as rules see it by its declared type. Nothing is copied; what is below is converted when it is looked at. */
export function schemaValue(json: Json, declared: DeclaredType): Value {
  if (json === null) return null;
  switch (declared.type.kind) {
    case 'int': return typeof json === 'number' ? BigInt(Math.trunc(json)) : fromJson(json);
    case 'double': return json as number; // validated as a number before rules run
    case 'struct': return isJsonObject(json) ? new SchemaStruct(json, declared) : fromJson(json);
    case 'list': return Array.isArray(json) && declared.element !== undefined ? listOf(json, declared) : fromJson(json);
    case 'map': return isJsonObject(json) && declared.element !== undefined ? new SchemaMap(json, declared.element) : fromJson(json);
    default: return typeof json === 'string' ? textValue(json, declared.type) : fromJson(json);
  }
}

function textValue(text: string, { kind }: CelType): Value {
  if (kind === 'bytes') return Buffer.from(text, 'base64');
  if (kind === 'timestamp') return parseTimestamp(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text) ?? text;
  const nanos = kind === 'duration' ? parseDurationNanos(text) : undefined;
  return nanos === undefined ? text : new Duration(nanos);
}

class SchemaStruct extends CelStruct {
  readonly type: CelType;
  readonly json: JsonObject;
  readonly declared: DeclaredType;

  constructor(json: JsonObject, declared: DeclaredType) {
    super();
    this.json = json;
    this.declared = declared;
    this.type = declared.type;
  }

  get(field: string): Value | undefined {
    const known = this.declared.fields?.get(field);
    return known !== undefined && Object.hasOwn(this.json, known.name) ? schemaValue(this.json[known.name] ?? null, known.declared) : undefined;
  }

  equals(other: CelStruct, same: SameValues): boolean {
    for (const field of this.declared.fields?.keys() ?? []) {
      const mine = this.get(field);
      const theirs = other.get(field);
      if (theirs instanceof CelError) return false;
      if (mine === undefined || theirs === undefined ? mine !== theirs : !same(mine, theirs)) return false;
    }
    return true;
  }
}

class SchemaMap extends CelMap {
  readonly json: JsonObject;
  readonly #element: DeclaredType;

  constructor(json: JsonObject, element: DeclaredType) {
    super();
    this.json = json;
    this.#element = element;
  }

  get size(): number {
    return Object.keys(this.json).length;
  }

  get(key: Value): Value | undefined {
    return typeof key === 'string' && Object.hasOwn(this.json, key) ? schemaValue(this.json[key] ?? null, this.#element) : undefined;
  }

  keys(): Iterable<Value> {
    return Object.keys(this.json);
  }
}

function listOf(json: Json[], { element, schema }: DeclaredType): CelList {
  if (element === undefined) throw new Error('broken invariant: lists have elements');
  const items = { json, element };
  if (schema['x-kubernetes-list-type'] === 'set') return new SetList(items);
  return schema['x-kubernetes-list-type'] === 'map' ? new KeyedList({ ...items, keys: schema['x-kubernetes-list-map-keys'] ?? [] }) : new SchemaList(items);
}

class SchemaList extends CelList {
  readonly json: Json[];
  protected readonly element: DeclaredType;

  constructor({ json, element }: { json: Json[]; element: DeclaredType }) {
    super();
    this.json = json;
    this.element = element;
  }

  get size(): number {
    return this.json.length;
  }

  at(index: number): Value {
    return schemaValue(this.json[index] ?? null, this.element);
  }

  protected jsonOf(list: CelList): Json[] | undefined {
    return list instanceof SchemaList ? list.json : undefined;
  }
}

/** A list without order: equal when it has the same items, `+` adds what is missing. */
class SetList extends SchemaList {
  override equals(other: CelList, same: SameValues): boolean {
    return this.size === other.size && [...this].every((item) => [...other].some((one) => same(item, one)));
  }

  override concat(other: CelList): CelList {
    const json = this.jsonOf(other);
    if (json === undefined) return super.concat(other);
    const fresh = json.filter((item) => ![...this].some((mine) => valuesEqual(mine, schemaValue(item, this.element))));
    return new SetList({ json: [...this.json, ...fresh], element: this.element });
  }
}

/** A list of keyed items: order means nothing to equality, `+` replaces items whose keys are there and appends the others. */
class KeyedList extends SchemaList {
  readonly #keys: readonly string[];

  constructor({ keys, ...items }: { json: Json[]; element: DeclaredType; keys: readonly string[] }) {
    super(items);
    this.#keys = keys;
  }

  override equals(other: CelList, same: SameValues): boolean {
    const json = this.jsonOf(other);
    if (json === undefined || json.length !== this.size) return json === undefined && super.equals(other, same);
    const theirs = new Map(json.map((item) => [this.#keyText(item), item]));
    return this.json.every((item) => {
      const counterpart = theirs.get(this.#keyText(item));
      return counterpart !== undefined && same(schemaValue(item, this.element), schemaValue(counterpart, this.element));
    });
  }

  override concat(other: CelList): CelList {
    const json = this.jsonOf(other);
    if (json === undefined) return super.concat(other);
    const merged = new Map([...this.json, ...json].map((item) => [this.#keyText(item), item]));
    return new KeyedList({ json: [...merged.values()], element: this.element, keys: this.#keys });
  }

  #keyText(item: Json): string {
    return JSON.stringify(keyOf(isJsonObject(item) ? item : null, this.#keys));
  }
}
