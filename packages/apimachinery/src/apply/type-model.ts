import { isJsonObject, type Json } from '../json.ts';
import { referencedName } from '../schema/resolve-schema.ts';
import type { GoFieldsOf } from '../schema/go-fields.ts';
import type { Schema, SchemaResolver } from '../schema/schema.ts';

export type ScalarType = 'numeric' | 'string' | 'boolean' | 'untyped';

export interface ListType {
  /** Atomic lists have one owner; elements of the others are told apart by `keys`, or by value where there are none. */
  readonly atomic: boolean;
  readonly keys: readonly string[];
  element(): Atom;
}

export interface MapType {
  /** Atomic maps have one owner. */
  readonly atomic: boolean;
  /** A declared field. */
  field(name: string): Atom | undefined;
  /** What undeclared keys hold; undefined where there may be none. */
  element(): Atom | undefined;
  /** The value that a missing key field stands for. */
  keyDefault(name: string): Json | undefined;
  /**
   * Fields that are never absent, since the kinds of Kubernetes are Go structs: `{}` for structs held by value, null or
   * zero for required ones. Whether a parent field counts as added depends on them.
   */
  implied(): ReadonlyMap<string, Json>;
  /** All keys are undeclared and of deduced type. */
  readonly deduced: boolean;
}

/** What a value may be. Several members are set where the schema leaves it open. */
export interface Atom { readonly scalar?: ScalarType; readonly list?: ListType; readonly map?: MapType }

export const UNTYPED_ATOMIC: Atom = {
  scalar: 'untyped',
  list: { atomic: true, keys: [], element: () => UNTYPED_ATOMIC },
  map: plainMap({ atomic: true, element: () => UNTYPED_ATOMIC, deduced: false }),
};

/** The type of objects without a schema: maps are granular, lists atomic. */
export const DEDUCED: Atom = {
  scalar: 'untyped',
  list: UNTYPED_ATOMIC.list as ListType, // set right above
  map: plainMap({ atomic: false, element: () => DEDUCED, deduced: true }),
};

/** Schemas by name whose shape says less than what they are. */
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const RAW_EXTENSION = 'io.k8s.apimachinery.pkg.runtime.RawExtension';

const models = new WeakMap<SchemaResolver, Map<GoFieldsOf | undefined, TypeModel>>();

/** The types of one world of schemas, compiled on first use and kept as long as its resolver lives. */
export interface TypeModel {
  atomOf(schema: Schema | undefined): Atom;
}

/** Without facts of Go's types, what is never absent is told by what the schemas require. */
export function typeModel(resolver: SchemaResolver, goFields?: GoFieldsOf): TypeModel {
  let ofResolver = models.get(resolver);
  if (ofResolver === undefined) models.set(resolver, ofResolver = new Map());
  let model = ofResolver.get(goFields);
  if (model === undefined) ofResolver.set(goFields, model = newTypeModel(resolver, goFields));
  return model;
}

interface Context { resolver: SchemaResolver; goFields: GoFieldsOf | undefined; cache: Record<Flags, WeakMap<Schema, Atom>> }
/** Inherited by inlined schemas: unknown fields are kept; the schema has a name, so a Go struct stands behind it. */
type Flags = 'plain' | 'preserve' | 'named';

function newTypeModel(resolver: SchemaResolver, goFields: GoFieldsOf | undefined): TypeModel {
  const context: Context = { resolver, goFields, cache: { plain: new WeakMap(), preserve: new WeakMap(), named: new WeakMap() } };
  return { atomOf: (schema) => (schema === undefined ? DEDUCED : refer(schema, 'plain', context)) };
}

/** Follows a reference; map type facts beside it override those of its target. */
function refer(schema: Schema, flags: Flags, context: Context): Atom {
  const name = referencedName(schema);
  if (name === undefined) return compile(schema, flags === 'named' ? 'plain' : flags, context);
  if (name === QUANTITY) return { scalar: 'untyped' };
  if (name === RAW_EXTENSION) return UNTYPED_ATOMIC;
  const target = context.resolver(name);
  const atom = target === undefined ? DEDUCED : compile(target, 'named', context, name);
  const mapType = schema['x-kubernetes-map-type'];
  return mapType === undefined || atom.map === undefined ? atom : { ...atom, map: { ...atom.map, atomic: mapType === 'atomic' } };
}

function compile(schema: Schema, inherited: Flags, context: Context, name?: string): Atom {
  const cached = context.cache[inherited].get(schema);
  if (cached !== undefined) return cached;
  const flags = schema['x-kubernetes-preserve-unknown-fields'] === true ? 'preserve' : inherited;
  const atom = atomOf(schema, flags, context, name);
  context.cache[inherited].set(schema, atom);
  return atom;
}

function atomOf(schema: Schema, flags: Flags, context: Context, name: string | undefined): Atom {
  switch (schema.type) {
    case 'object': return { map: mapType(schema, flags, context, name) };
    case 'array': return { list: listType(schema, flags, context) };
    case 'integer': case 'number': return { scalar: 'numeric' };
    case 'boolean': return { scalar: 'boolean' };
    case 'string': return { scalar: schema.format === undefined || schema.format === 'byte' ? 'string' : 'untyped' };
    case undefined: default: return { scalar: 'untyped', list: listType(schema, flags, context), map: mapType(schema, flags, context, name) };
  }
}

function listType(schema: Schema, flags: Flags, context: Context): ListType {
  const { items } = schema;
  let element: Atom | undefined;
  return { ...listRelationship(schema), element: () => element ??= items === undefined ? UNTYPED_ATOMIC : refer(items, flags, context) };
}

function listRelationship(schema: Schema): { atomic: boolean; keys: readonly string[] } {
  const type = schema['x-kubernetes-list-type'];
  if (type !== undefined) return { atomic: type === 'atomic', keys: type === 'map' ? schema['x-kubernetes-list-map-keys'] ?? [] : [] };
  const merges = schema['x-kubernetes-patch-strategy']?.split(',').includes('merge') === true;
  const mergeKey = schema['x-kubernetes-patch-merge-key'];
  return { atomic: !merges, keys: merges && mergeKey !== undefined ? [mergeKey] : [] };
}

function mapType(schema: Schema, flags: Flags, context: Context, structName: string | undefined): MapType {
  const { properties = {}, additionalProperties } = schema;
  const declared = (name: string): Schema | undefined => (Object.hasOwn(properties, name) ? properties[name] : undefined);
  const fields = new Map<string, Atom>();
  let additional: Atom | undefined;
  let implied: ReadonlyMap<string, Json> | undefined;
  return {
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    deduced: Object.keys(properties).length === 0 && (additionalProperties === undefined || additionalProperties === true),
    field(name) {
      const known = fields.get(name);
      const property = known === undefined ? declared(name) : undefined;
      if (property === undefined) return known;
      const atom = refer(property, flags, context);
      fields.set(name, atom);
      return atom;
    },
    element() {
      if (typeof additionalProperties === 'object') return additional ??= refer(additionalProperties, flags, context);
      const open = additionalProperties ?? (flags === 'preserve' || Object.keys(properties).length === 0);
      return open ? DEDUCED : undefined;
    },
    keyDefault: (name) => declared(name)?.default as Json | undefined, // schemas are JSON
    implied: () => implied ??= flags === 'named' ? impliedFields(schema, structName, context) : new Map(),
  };
}

function impliedFields(schema: Schema, name: string | undefined, context: Context): Map<string, Json> {
  if (context.goFields !== undefined && name !== undefined) return new Map(Object.entries(context.goFields(name)?.always ?? {}) as [string, Json][]); // facts are JSON
  const implied = new Map<string, Json>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const { map, scalar } = refer(property, 'named', context);
    if (map !== undefined && isJsonObject(property.default)) implied.set(name, {});
    else if (schema.required?.includes(name) === true) implied.set(name, zeroOf(scalar));
  }
  return implied;
}

function zeroOf(scalar: ScalarType | undefined): Json {
  switch (scalar) {
    case 'numeric': return 0;
    case 'boolean': return false;
    case 'string': return '';
    default: return null;
  }
}

function plainMap({ atomic, element, deduced }: { atomic: boolean; element: () => Atom; deduced: boolean }): MapType {
  return { atomic, deduced, element, field: () => undefined, keyDefault: () => undefined, implied: () => new Map() };
}
