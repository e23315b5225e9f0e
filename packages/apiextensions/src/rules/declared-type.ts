import { boolType, bytesType, doubleType, durationType, dynType, intType, listType, mapType, stringType, structType, timestampType, type CelType, type TypeProvider } from '@kubernode/cel';
import { additionalOf, itemsOf, type SchemaProps } from '../structural/schema-parts.ts';
import { escapeName } from './escape.ts';

/** What a schema means to rules: a type, how large values can be, how small their JSON. */
export interface DeclaredType {
  type: CelType;
  schema: SchemaProps;
  /** Characters, items or entries at most; 0 where size means nothing. */
  maxElements: number;
  /** Bytes of the smallest JSON. */
  minSize: number;
  /** Of lists and maps. */
  element?: DeclaredType;
  /** Of objects, by the name that rules use. */
  fields?: ReadonlyMap<string, { name: string; declared: DeclaredType }>;
}

export const MOST_REQUEST_BYTES: number = 3 * 1024 * 1024;

const TYPE_META: SchemaProps = { type: 'string' };
const OBJECT_META: SchemaProps = { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } };

/** The declared type of a schema; undefined for one that rules can't look at. `name` becomes the names of its objects. */
export function declareType(schema: SchemaProps, isRoot: boolean, name: string): DeclaredType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) return leaf(schema, dynType, 1, maxTextLength(schema));
  const full = isRoot ? withObjectMeta(schema) : schema;
  switch (full.type) {
    case 'array': return declareList(full, name);
    case 'object': return additionalOf(full) === undefined ? declareObject(full, name) : declareMap(full, name);
    case 'string': return declareText(full);
    case 'boolean': return leaf(full, boolType, 4, 0);
    case 'number': return leaf(full, doubleType, 1, 0);
    case 'integer': return leaf(full, intType, 1, 0);
    default: return undefined;
  }
}

/** The schema of a whole object: kind, apiVersion and the name can be asked for. */
export function withObjectMeta(schema: SchemaProps): SchemaProps {
  return { ...schema, properties: { ...schema.properties, kind: TYPE_META, apiVersion: TYPE_META, metadata: OBJECT_META } };
}

/** All objects below a declared type, as the checker wants to know them. */
export function typeProvider(root: DeclaredType): TypeProvider {
  const structs = new Map<string, DeclaredType>();
  collect(root, structs);
  return {
    hasStruct: (struct) => structs.has(struct),
    fieldType: (struct, field) => structs.get(struct)?.fields?.get(field)?.declared.type,
    create: (struct) => { throw new Error(`broken invariant: rules can't make a ${struct}`); },
  };
}

function collect(declared: DeclaredType, into: Map<string, DeclaredType>): void {
  if (declared.fields !== undefined) into.set(declared.type.name, declared);
  for (const { declared: field } of declared.fields?.values() ?? []) collect(field, into);
  if (declared.element !== undefined) collect(declared.element, into);
}

function leaf(schema: SchemaProps, type: CelType, minSize: number, maxElements: number): DeclaredType {
  return { type, schema, minSize, maxElements };
}

function declareList(schema: SchemaProps, name: string): DeclaredType | undefined {
  const items = itemsOf(schema);
  const element = items && declareType(items, items['x-kubernetes-embedded-resource'] === true, `${name}.@idx`);
  if (element === undefined) return undefined;
  const maxElements = schema.maxItems === undefined ? Math.floor((MOST_REQUEST_BYTES - 2) / (element.minSize + 1)) : Math.max(0, schema.maxItems);
  return { type: listType(element.type), schema, minSize: 2, maxElements, element };
}

function declareMap(schema: SchemaProps, name: string): DeclaredType | undefined {
  const values = additionalOf(schema);
  const element = values && declareType(values, values['x-kubernetes-embedded-resource'] === true, `${name}.@elem`);
  if (element === undefined) return undefined;
  const maxElements = schema.maxProperties === undefined ? Math.floor((MOST_REQUEST_BYTES - 2) / (element.minSize + 6)) : Math.max(0, schema.maxProperties);
  return { type: mapType(stringType, element.type), schema, minSize: 2, maxElements, element };
}

function declareObject(schema: SchemaProps, name: string): DeclaredType {
  const required = new Set(schema.required);
  const fields = new Map<string, { name: string; declared: DeclaredType }>();
  let minSize = 2;
  for (const [property, of] of Object.entries(schema.properties ?? {})) {
    const escaped = escapeName(property);
    const declared = declareType(of, of['x-kubernetes-embedded-resource'] === true, `${name}.${escaped ?? property}`);
    if (declared === undefined) continue;
    if (escaped !== undefined) fields.set(escaped, { name: property, declared });
    if (required.has(property) && of.default === undefined) minSize += property.length + declared.minSize + 4;
  }
  return { type: structType(name), schema, minSize, maxElements: 0, fields };
}

function declareText(schema: SchemaProps): DeclaredType {
  const { maxLength } = schema;
  switch (schema.format) {
    case 'byte': return leaf(schema, bytesType, 2, maxLength === undefined ? MOST_REQUEST_BYTES - 2 : Math.max(0, maxLength));
    case 'duration': return leaf(schema, durationType, 3, 32);
    case 'date': return leaf(schema, timestampType, 12, 12);
    case 'date-time': return leaf(schema, timestampType, 21, 32);
    default: return leaf(schema, stringType, 2, maxLength === undefined && schema.enum !== undefined ? longestChoice(schema.enum) : maxTextLength(schema));
  }
}

/** Each character takes up to four bytes. */
function maxTextLength({ maxLength }: SchemaProps): number {
  return maxLength === undefined ? MOST_REQUEST_BYTES - 2 : Math.max(0, maxLength) * 4;
}

function longestChoice(choices: readonly unknown[]): number {
  return choices.reduce<number>((longest, choice) => (typeof choice === 'string' ? Math.max(longest, Buffer.byteLength(choice)) : longest), 0);
}
