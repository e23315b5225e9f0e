import { forbiddenField, invalidOmitted, invalidValue, notSupported, type FieldError } from '@kubernode/apimachinery';
import { declareType } from '../rules/declared-type.ts';
import { additionalOf, itemsOf, type SchemaProps } from '../structural/schema-parts.ts';
import { defaultFaults } from './default-faults.ts';
import { listTypeFaults } from './list-type-faults.ts';
import { CostContext, MOST_TOTAL_COST, overBudget } from './rule-costs.ts';
import { ruleFaults } from './rule-faults.ts';
import { structuralFaults } from './structural-faults.ts';

export interface SchemaOptions {
  /** The resource has /status: the root may say less. */
  hasStatus: boolean;
  /** The schema is what it was before an update: single rules are not measured again. */
  unchanged: boolean;
}

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const UNREADABLE = ['id', '$schema', '$ref', 'patternProperties', 'dependencies', 'additionalItems', 'definitions'] as const;
const META_FIELDS: ReadonlySet<string> = new Set(['metadata', 'kind', 'apiVersion']);
const ROOT_FIELDS = [
  'Description', 'Type', 'Format', 'Title', 'Maximum', 'ExclusiveMaximum', 'Minimum', 'ExclusiveMinimum', 'MaxLength', 'MinLength', 'Pattern', 'MaxItems', 'MinItems', 'UniqueItems',
  'MultipleOf', 'Required', 'Items', 'Properties', 'ExternalDocs', 'Example', 'XPreserveUnknownFields', 'XValidations',
];

/** Faults of a version's schema, told under `path`. */
export function schemaFaults(schema: SchemaProps, path: string, options: SchemaOptions): FieldError[] {
  const faults = [...(options.hasStatus ? rootFaults(schema, path) : []), ...(schema.nullable === true ? [forbiddenField(`${path}.nullable`, 'nullable cannot be true at the root')] : [])];
  const reason = unreadable(schema);
  const structural = reason === undefined ? structuralFaults(schema, path) : [];
  const defaults = reason === undefined && structural.length === 0 ? defaultFaults(schema, path) : [];
  faults.push(...structural, ...defaults);
  const costs = reason === undefined && structural.length === 0 && defaults.length === 0 ? CostContext.root(schema, declareType(schema, true, 'selfType')) : undefined;
  const walk = new SchemaWalk(options.unchanged);
  walk.visit(schema, { path, root: true, costs, inMeta: false, noDefaults: undefined, uncorrelated: undefined });
  faults.push(...walk.schemaFaults, ...walk.ruleFaults);
  if (reason !== undefined && faults.length === 0) faults.push(invalidValue(path, '', reason));
  return [...faults, ...totalCostFaults(costs, path)];
}

function totalCostFaults(costs: CostContext | undefined, path: string): FieldError[] {
  if (costs === undefined || costs.totals.total <= MOST_TOTAL_COST) return [];
  return [
    ...costs.totals.expensive.map((at) => forbiddenField(at, 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema')),
    forbiddenField(path, overBudget('x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema', costs.totals.total, MOST_TOTAL_COST)),
  ];
}

/** Why a schema can't even be looked at as a structural one, anywhere in it; undefined when it can. */
function unreadable(schema: SchemaProps): string | undefined {
  if (Array.isArray(schema.items)) return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  const key = UNREADABLE.find((one) => schema[one] !== undefined);
  if (key !== undefined) return `OpenAPIV3Schema '${key === '$schema' ? 'schema' : key}' is not supported`;
  const items = itemsOf(schema);
  const additional = additionalOf(schema);
  const below = [
    ...Object.values(schema.properties ?? {}), ...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? []),
    ...[schema.not, items, additional].filter((one) => one !== undefined),
  ];
  for (const one of below) {
    const reason = unreadable(one);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** With /status the root's schema is split, so it may say only what survives that. */
function rootFaults(schema: SchemaProps, path: string): FieldError[] {
  if (schema.type !== undefined && schema.type !== 'object') return [invalidValue(`${path}.type`, schema.type, 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled')];
  const odd = Object.keys(schema).some((key) => !ROOT_FIELDS.includes(internalName(key)));
  return odd ? [invalidOmitted(path, `only [${ROOT_FIELDS.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`)] : [];
}

/** `x-kubernetes-list-type` as the Go struct calls it: `XListType`. */
function internalName(key: string): string {
  const name = key.startsWith('x-kubernetes-') ? `x-${key.slice('x-kubernetes-'.length)}` : key;
  return name.split('-').map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`).join('');
}

interface Place {
  path: string;
  root: boolean;
  costs: CostContext | undefined;
  inMeta: boolean;
  /** Why no default may stand here; undefined where one may. */
  noDefaults: string | undefined;
  /** The part of the schema in which values have no past. */
  uncorrelated: string | undefined;
}

class SchemaWalk {
  readonly schemaFaults: FieldError[] = [];
  readonly ruleFaults: FieldError[] = [];
  readonly #unchanged: boolean;

  constructor(unchanged: boolean) {
    this.#unchanged = unchanged;
  }

  visit(schema: SchemaProps, place: Place): void {
    const { path, uncorrelated, costs } = place;
    this.schemaFaults.push(...unsupportedFaults(schema, place));
    if (schema.uniqueItems === true) this.schemaFaults.push(forbiddenField(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'));
    this.#additional(schema, place);
    for (const [name, property] of Object.entries(schema.properties ?? {})) this.visit(property, this.#propertyPlace(schema, name, place));
    this.#choices(schema, { ...place, root: false, costs: undefined });
    this.#items(schema, place);
    this.schemaFaults.push(...listTypeFaults(schema, path));
    const before = this.schemaFaults.length;
    const { schema: ofRules, cost: ofCosts } = ruleFaults({ schema, path, uncorrelated, costs, unchanged: this.#unchanged });
    this.schemaFaults.push(...ofRules);
    if (this.schemaFaults.length === before) this.ruleFaults.push(...ofCosts());
  }

  #additional(schema: SchemaProps, place: Place): void {
    if (schema.additionalProperties === undefined) return;
    const additional = additionalOf(schema);
    const isYes = (schema.additionalProperties as unknown) === true;
    if (Object.keys(schema.properties ?? {}).length > 0 && !isYes) this.schemaFaults.push(forbiddenField(`${place.path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
    if (additional === undefined) return;
    this.visit(additional, {
      ...place, root: false, path: `${place.path}.additionalProperties`, costs: place.costs?.element(additional),
      noDefaults: place.inMeta ? 'inside additionalProperties applying to object metadata' : place.noDefaults,
    });
  }

  #propertyPlace(schema: SchemaProps, name: string, place: Place): Place {
    const property = schema.properties?.[name] ?? {};
    const mapType = schema['x-kubernetes-map-type'];
    const correlated = mapType === undefined || mapType === 'granular' || mapType === 'atomic';
    const entersMeta = (place.root || schema['x-kubernetes-embedded-resource'] === true) && META_FIELDS.has(name);
    return {
      path: `${place.path}.properties[${name}]`, root: false, costs: place.costs?.property(property, name), inMeta: place.inMeta || entersMeta,
      noDefaults: entersMeta && place.root ? `in top-level ${name}` : place.noDefaults, uncorrelated: place.uncorrelated ?? (correlated ? undefined : place.path),
    };
  }

  #choices(schema: SchemaProps, place: Place): void {
    if (schema.not !== undefined) this.visit(schema.not, { ...place, path: `${place.path}.not` });
    for (const key of ['allOf', 'oneOf', 'anyOf'] as const) schema[key]?.forEach((one, i) => { this.visit(one, { ...place, path: `${place.path}.${key}[${i}]` }); });
    for (const [name, definition] of Object.entries(schema.definitions ?? {})) this.visit(definition, { ...place, path: `${place.path}.definitions[${name}]` });
  }

  #items(schema: SchemaProps, place: Place): void {
    const items = schema.items as SchemaProps | SchemaProps[] | undefined; // a list is a fault, told elsewhere
    if (items === undefined) return;
    const uncorrelated = place.uncorrelated ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : place.path);
    const below = { ...place, root: false, uncorrelated };
    if (Array.isArray(items)) items.forEach((one, i) => { this.visit(one, { ...below, path: `${place.path}.items[${i}]`, costs: undefined }); });
    else this.visit(items, { ...below, path: `${place.path}.items`, costs: place.costs?.element(items) });
  }
}

function unsupportedFaults(schema: SchemaProps, { path, noDefaults, inMeta }: Place): FieldError[] {
  const unsupported = (['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const)
    .flatMap((key) => (schema[key] === undefined ? [] : [forbiddenField(`${path}.${key}`, `${key} is not supported`)]));
  return [
    ...(schema.type === undefined || schema.type === '' || TYPES.includes(schema.type) ? [] : [notSupported(`${path}.type`, schema.type, TYPES)]),
    ...(schema.default !== undefined && noDefaults !== undefined ? [forbiddenField(`${path}.default`, `must not be set ${noDefaults}`)] : []),
    ...unsupported,
    ...(schema.type === 'null' ? [forbiddenField(`${path}.type`, 'type cannot be set to null, use nullable as an alternative')] : []),
    ...(Array.isArray(schema.items) && schema.items.length > 0 ? [forbiddenField(`${path}.items`, 'items must be a schema object and not an array')] : []),
    ...(inMeta && schema['x-kubernetes-embedded-resource'] === true ? [forbiddenField(`${path}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta')] : []),
  ];
}

