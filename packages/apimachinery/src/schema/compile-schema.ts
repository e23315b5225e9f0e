import { DecodeContext, jsonWord } from './decode-context.ts';
import type { GoFields, GoFieldsOf } from './go-fields.ts';
import { goTypeText, structText } from './go-type-text.ts';
import { referencedName } from './resolve-schema.ts';
import { anything, scalarPlan, SPECIAL_PLANS, type Plan } from './scalar-plans.ts';
import type { Schema, SchemaResolver } from './schema.ts';

export interface Normalised {
  /** A new object; what was given is left alone. */
  object: Record<string, unknown>;
  /** Paths of the fields that no schema knows, in document order; empty unless asked for. */
  unknownFields: string[];
}

export interface CompiledSchema {
  /**
   * What kube-apiserver makes of a decoded body: unknown fields dropped, nulls resolved, quantities and times in their own form,
   * zero values written or left out as the Go type demands, defaults of the schema set. Applying it twice changes nothing more.
   * @throws DecodeError for a value of the wrong type.
   */
  normalise(object: unknown, options?: NormaliseOptions): Normalised;
}

export interface NormaliseOptions {
  report?: 'none' | 'collect';
  /** What is read is part of an object within another. */
  isEmbedded?: boolean;
}

export interface SchemaSetOptions {
  resolve: SchemaResolver;
  /** Without it, `required` and `default` tell what is always written, and nothing set is left out. */
  goFields?: GoFieldsOf;
  /** `SCHEMA.field` of lists for which empty means something else than absent, so that validation can tell; or only in the object itself and its metadata, not in objects within it. */
  keepsEmpty?: ReadonlyMap<string, 'everywhere' | 'inTheObjectItself'>;
}

/** The compiled schemas of one set, made when first asked for; undefined for an unknown name. */
export function schemaSet(options: SchemaSetOptions): (name: string) => CompiledSchema | undefined {
  const compiler = new SchemaCompiler(options);
  const compiled = new Map<string, CompiledSchema>();
  return (name) => {
    let schema = compiled.get(name);
    if (schema === undefined && options.resolve(name) !== undefined) {
      const plan = compiler.named(name);
      schema = { normalise: (object, { report = 'none', isEmbedded = false } = {}) => normalise(plan, object, new DecodeContext(report === 'collect', isEmbedded)) };
      compiled.set(name, schema);
    }
    return schema;
  };
}

function normalise(plan: Plan, object: unknown, context: DecodeContext): Normalised {
  const result = plan(object ?? {}, context); // null decodes to the empty object
  context.finish();
  return { object: result as Record<string, unknown>, unknownFields: context.unknownFields }; // finish() throws unless a struct's plan made an object
}

/** Empty lists and maps are absent, but for those that `keepsEmpty` names; a field that is null when absent may hold the empty struct, but not the empty text. */
interface FieldPlan { plan: Plan; omitsZero: boolean; emptyIs: 'kept' | 'keptInTheObjectItself' | 'absent' | 'absentText' }

/** Turns schemas into closures. A plan for each name, so that recursive schemas end. */
class SchemaCompiler {
  readonly #resolve: SchemaResolver;
  readonly #goFields: GoFieldsOf | undefined;
  readonly #keepsEmpty: NonNullable<SchemaSetOptions['keepsEmpty']>;
  readonly #plans = new Map<string, Plan>();

  constructor({ resolve, goFields, keepsEmpty = new Map() }: SchemaSetOptions) {
    this.#keepsEmpty = keepsEmpty;
    this.#resolve = resolve;
    this.#goFields = goFields;
  }

  named(name: string): Plan {
    let plan = this.#plans.get(name);
    if (plan === undefined) {
      let made: Plan | undefined;
      plan = (value, context) => (made ??= this.#make(name))(value, context); // made on first use: most kinds reach far more schemas than a process ever sees
      this.#plans.set(name, plan);
    }
    return plan;
  }

  #make(name: string): Plan {
    const special = specialOf(name);
    if (special !== undefined) return special.plan;
    const alternative = this.#alternative(name);
    if (alternative !== undefined) return alternative;
    const schema = this.#resolve(name);
    if (schema === undefined) return anything;
    if (schema.properties !== undefined) return this.#struct(name, schema);
    return schema.type === 'object' && schema.additionalProperties === undefined ? emptyStruct(goTypeText({ $ref: name })) : this.#inPlace(schema, goTypeText(schema));
  }

  /** `JSONSchemaPropsOrArray` and its kin: the part before `Or` is a struct that may stand alone or in a list. */
  #alternative(name: string): Plan | undefined {
    const struct = /^(.+)Or(?:Array|Bool|StringArray)$/.exec(name)?.[1];
    if (struct === undefined || this.#resolve(struct) === undefined) return undefined;
    const one = this.named(struct);
    const each = (value: unknown, context: DecodeContext): unknown => (typeof value === 'object' && value !== null ? Array.isArray(value) ? value.map((element) => each(element, context)) : one(value, context) : value);
    return each;
  }

  #of(schema: Schema, typeText: string): Plan {
    const name = referencedName(schema);
    return name === undefined ? this.#inPlace(schema, typeText) : this.named(name);
  }

  #inPlace(schema: Schema, typeText: string): Plan {
    if (schema.type === 'array') return this.#list(schema.items ?? {}, typeText);
    if (schema.type === 'object' && typeof schema.additionalProperties === 'object') return this.#map(schema.additionalProperties, typeText);
    return scalarPlan(schema, typeText);
  }

  #list(items: Schema, typeText: string): Plan {
    const plan = this.#of(items, typeText.replace(/^\[\]/, ''));
    return (value, context) => {
      if (!Array.isArray(value)) return context.mismatch(jsonWord(value), typeText);
      const list = new Array<unknown>(value.length);
      for (let i = 0; i < value.length; i++) {
        context.enter(i);
        list[i] = value[i] === null ? this.#zero(items, context) : plan(value[i], context);
        context.leave();
      }
      return list;
    };
  }

  #map(values: Schema, typeText: string): Plan {
    const plan = this.#of(values, goTypeText(values));
    return (value, context) => {
      if (typeof value !== 'object' || Array.isArray(value)) return context.mismatch(jsonWord(value), typeText);
      const map: Record<string, unknown> = {};
      for (const [key, entry] of Object.entries(value as object)) { // no plan is called with null
        context.enter(key);
        setOwn(map, key, entry === null ? this.#zero(values, context) : plan(entry, context));
        context.leave();
      }
      return map;
    };
  }

  /** What Go's decoder leaves for a null inside a list or map. */
  #zero(schema: Schema, context: DecodeContext): unknown {
    const name = referencedName(schema);
    if (name !== undefined) return specialOf(name) !== undefined ? specialOf(name)?.zero : this.named(name)({}, context);
    return schema.format === 'byte' ? '' : zeroScalar(schema);
  }

  #struct(name: string, schema: Schema): Plan {
    const goFields = this.#goFields === undefined ? derivedFields(schema) : this.#goFields(name) ?? {};
    const fields = new Map(Object.entries(schema.properties ?? {}).map(([field, property]) => [field, this.#field(name, field, property, goFields)]));
    const always = Object.entries(goFields.always ?? {}).map(([field, zero]) => [field, this.#alwaysWritten(zero, fields.get(field)?.plan)] as const);
    const defaults = Object.entries(schema.properties ?? {}).filter(([field, { default: value }]) => isTelling(value) || isDefaultOfPointer(field, value, goFields)).map(([field, property]) => [field, property.default] as const);
    return structPlan({ fields, always, defaults, typeText: goTypeText({ $ref: name }), name: structText(name) });
  }

  #field(name: string, field: string, property: Schema, { omit, always, types }: GoFields): FieldPlan {
    const omitsZero = omit?.includes(field) === true;
    const isNull = always !== undefined && Object.hasOwn(always, field) && always[field] === null;
    const plan = this.#of(property, types?.[field] ?? goTypeText(property));
    return { plan, omitsZero, emptyIs: isCollection(property) ? this.#emptyCollectionIs(`${name}.${field}`) : isNull && property.type !== 'string' ? 'absentText' : 'kept' };
  }

  #emptyCollectionIs(field: string): FieldPlan['emptyIs'] {
    switch (this.#keepsEmpty.get(field)) {
      case 'everywhere': return 'kept';
      case 'inTheObjectItself': return 'keptInTheObjectItself';
      case undefined: return 'absent';
    }
  }

  #alwaysWritten(zero: unknown, plan: Plan | undefined): (context: DecodeContext) => unknown {
    return plan !== undefined && typeof zero === 'object' && zero !== null ? (context) => plan({}, context) : () => zero;
  }
}

interface StructParts {
  fields: ReadonlyMap<string, FieldPlan>;
  always: readonly (readonly [field: string, zero: (context: DecodeContext) => unknown])[];
  defaults: readonly (readonly [field: string, value: unknown])[];
  typeText: string;
  name: string;
}

function structPlan({ fields, always, defaults, typeText, name }: StructParts): Plan {
  return (value, context) => {
    if (typeof value !== 'object' || Array.isArray(value)) return context.mismatch(jsonWord(value), typeText);
    const outer = context.struct;
    const struct: Record<string, unknown> = {};
    for (const [key, entry] of Object.entries(value as object)) { // no plan is called with null
      const field = fields.get(key);
      if (field === undefined) { context.unknown(key); continue; }
      if (entry === null) continue;
      context.struct = name;
      context.fields.push(key);
      context.enter(key);
      const kept = field.plan(entry, context);
      context.leave();
      context.fields.pop();
      if (kept !== undefined && !isLeftOut(kept, field, context)) struct[key] = kept;
    }
    for (const [field, fallback] of defaults) if (struct[field] === undefined) struct[field] = fallback;
    for (const [field, zero] of always) if (struct[field] === undefined) struct[field] = zero(context);
    context.struct = outer;
    return struct;
  };
}

/** A struct without fields: everything in it is unknown. */
function emptyStruct(typeText: string): Plan {
  return structPlan({ fields: new Map(), always: [], defaults: [], typeText, name: structText(typeText) });
}

function isLeftOut(value: unknown, { omitsZero, emptyIs }: FieldPlan, context: DecodeContext): boolean {
  if (omitsZero) return value === '' || value === 0 || value === false;
  if (emptyIs === 'kept' || (emptyIs === 'keptInTheObjectItself' && isOfTheObjectItself(context))) return false;
  if (emptyIs === 'absentText') return value === '';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? value.length === 0 : isEmpty(value);
  return value === '';
}

/** Whether the struct that is being read is the object itself or its metadata. */
function isOfTheObjectItself({ fields, isEmbedded }: DecodeContext): boolean {
  if (isEmbedded) return false;
  return fields.length === 0 || (fields.length === 1 && fields[0] === 'metadata');
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}

function specialOf(name: string): { plan: Plan; zero: unknown } | undefined {
  const parts = name.split('.').slice(-3);
  return SPECIAL_PLANS[parts.join('.')] ?? SPECIAL_PLANS[parts.slice(-2).join('.')];
}

function isCollection({ type, format, additionalProperties }: Schema): boolean {
  return type === 'array' || format === 'byte' || (type === 'object' && additionalProperties !== undefined);
}

function zeroScalar(schema: Schema): unknown {
  switch (schema.type) {
    case 'string': return schema.format === 'byte' ? null : '';
    case 'integer': case 'number': return 0;
    case 'boolean': return false;
    default: return null;
  }
}

/** A default that says more than Go's zero value does. */
function isTelling(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== 0 && value !== false && typeof value !== 'object';
}

/** An empty default makes a difference where the Go field is a pointer: it is then set instead of absent. */
function isDefaultOfPointer(field: string, value: unknown, { omit = [], always = {} }: GoFields): boolean {
  return value !== undefined && typeof value !== 'object' && !omit.includes(field) && (always[field] ?? null) === null;
}

/** Where no facts are at hand: what is required, or a struct by its default, is always written. */
function derivedFields({ properties = {}, required = [] }: Schema): GoFields {
  const always: Record<string, unknown> = {};
  for (const [field, property] of Object.entries(properties)) {
    if (typeof property.default === 'object' && property.default !== null) always[field] = {};
    else if (required.includes(field)) always[field] = referencedName(property) === undefined ? zeroScalar(property) : null;
  }
  return { always };
}

/** `__proto__` is a key like any other. */
function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}
