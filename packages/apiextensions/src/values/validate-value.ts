import { isJsonObject, jsonEquals, type FieldError, type Json, type JsonObject } from '@kubernode/apimachinery';
import { compileRegex } from '@kubernode/cel';
import { additionalOf, itemsOf, propertyOf, type SchemaProps } from '../structural/schema-parts.ts';
import { Correlation } from './correlation.ts';
import { fitsFormat, isKnownFormat } from './formats.ts';
import { compositeFault, missing, notInEnum, textTooLong, tooManyParts, unfit, wrongType, type ValueFault } from './value-faults.ts';

/**
 * Holds a whole object to its schema. With an old object, what it already had wrong and the update left alone is no fault: those come back as
 * `ratcheted`.
 */
export function validateObject(object: JsonObject, schema: SchemaProps, old?: JsonObject): FieldError[] {
  const outcome = validate({ value: object, schema, name: '', correlation: old && new Correlation(object, old, schema) });
  return outcome.faults.map(({ reason, field, message }) => ({ reason, field, message }));
}

/** Holds any value to a schema, faults named from `name`; for defaults. */
export function validateValue(value: Json, schema: SchemaProps, name = ''): FieldError[] {
  return validate({ value, schema, name, correlation: undefined }).faults.map(({ reason, field, message }) => ({ reason, field, message }));
}

interface Subject {
  value: Json;
  schema: SchemaProps;
  /** The path as messages know it. */
  name: string;
  correlation: Correlation | undefined;
}

interface Outcome {
  faults: ValueFault[];
  /** How many checks were made: of several schemas that fail, the one that fits best made most. */
  checks: number;
}

function validate(subject: Subject): Outcome {
  const outcome = judge(subject);
  const { correlation } = subject;
  return outcome.faults.length > 0 && correlation?.unchanged === true ? { faults: [], checks: outcome.checks } : outcome;
}

function judge(subject: Subject): Outcome {
  const { value, schema, name } = subject;
  const faults = typeFaults(subject);
  if (value === null) return { faults: [...faults, ...enumFaults(subject)], checks: 2 };
  const outcomes: Outcome[] = [{ faults, checks: 2 }, ...choices(subject)];
  if (typeof value === 'string') outcomes.push({ faults: textFaults(value, schema, name), checks: 2 });
  else if (typeof value === 'number') outcomes.push({ faults: numberFaults(value, schema, name), checks: 1 });
  else if (Array.isArray(value)) outcomes.push(list(value, subject));
  outcomes.push({ faults: enumFaults(subject), checks: 1 });
  if (isJsonObject(value)) outcomes.push(map(value, subject));
  return merged(outcomes);
}

function merged(outcomes: readonly Outcome[]): Outcome {
  return { faults: outcomes.flatMap((outcome) => outcome.faults), checks: outcomes.reduce((sum, { checks }) => sum + checks, 0) };
}

/** Type and format as the messages name them. */
function describe(value: Exclude<Json, null>): [type: string, format: string] {
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', 'int64'] : ['number', 'float64'];
  if (Array.isArray(value)) return ['array', ''];
  return [typeof value === 'boolean' ? 'boolean' : typeof value, ''];
}

function typeFaults({ value, schema, name }: Subject): ValueFault[] {
  const wanted = schema['x-kubernetes-int-or-string'] === true ? ['integer', 'string'] : schema.type === undefined || schema.type === '' ? [] : [schema.type];
  const format = effectiveFormat(schema);
  if (wanted.length === 0 && format === '') return [];
  if (value === null) return wanted.length === 0 || schema.nullable === true ? [] : [wrongType(name, wanted.join(','), 'null')];
  const [type, actualFormat] = describe(value);
  const fits = wanted.includes(type) || (type === 'integer' && wanted.includes('number'));
  const isText = type === 'string' || type === 'array';
  if (!isText && format !== '' && !fits && actualFormat !== format) return [wrongType(name, format, actualFormat)];
  if (isText && format !== '' && !wanted.includes('number') && !wanted.includes('integer')) return [];
  return fits ? [] : [wrongType(name, wanted.join(','), type)];
}

/** Formats that Kubernetes knows for the type; all others have no effect. */
function effectiveFormat({ type, format = '' }: SchemaProps): string {
  if (type === 'integer') return format === 'int32' || format === 'int64' ? format : '';
  if (type === 'number') return format === 'float' || format === 'double' ? format : '';
  return (type === undefined || type === 'string') && isKnownFormat(format) ? format : '';
}

function enumFaults({ value, schema, name }: Subject): ValueFault[] {
  const allowed = schema.enum as Json[] | undefined; // any JSON
  return allowed === undefined || allowed.length === 0 || allowed.some((one) => jsonEquals(one, value)) ? [] : [notInEnum(name, value, allowed)];
}

function textFaults(text: string, schema: SchemaProps, name: string): ValueFault[] {
  const faults: ValueFault[] = [];
  const length = Array.from(text).length;
  if (schema.maxLength !== undefined && length > schema.maxLength) faults.push(textTooLong(name, schema.maxLength));
  if (schema.minLength !== undefined && length < schema.minLength) faults.push(unfit(name, text, `should be at least ${schema.minLength} chars long`));
  if (schema.pattern !== undefined && schema.pattern !== '') faults.push(...patternFaults(text, schema.pattern, name));
  const format = effectiveFormat(schema);
  if (format !== '' && isKnownFormat(format) && !fitsFormat(format, text)) faults.push({ ...wrongType(name, format, text) });
  return faults;
}

function patternFaults(text: string, pattern: string, name: string): ValueFault[] {
  const regex = compileRegex(pattern);
  if (typeof regex === 'string') return [unfit(name, text, `should match '${pattern}, but pattern is invalid: ${regex}'`)];
  return regex.matcher(text).find() ? [] : [unfit(name, text, `should match '${pattern}'`)];
}

function numberFaults(value: number, schema: SchemaProps, name: string): ValueFault[] {
  const faults: ValueFault[] = [];
  const { type, multipleOf, maximum, minimum, exclusiveMaximum, exclusiveMinimum } = schema;
  const format = effectiveFormat(schema);
  if (type === 'integer' && format === 'int32' && (value > 2 ** 31 - 1 || value < -(2 ** 31))) faults.push(compositeFault(`Checked value must be of type integer with format int32 in ${name}`));
  if (type === 'number' && format === 'float' && Math.abs(value) > 3.4028234663852886e38) faults.push(compositeFault(`Checked value must be of type number with format float in ${name}`));
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) faults.push(unfit(name, value, `should be a multiple of ${multipleOf}`));
  if (maximum !== undefined && (exclusiveMaximum === true ? value >= maximum : value > maximum)) faults.push(unfit(name, value, `should be less than ${exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`));
  if (minimum !== undefined && (exclusiveMinimum === true ? value <= minimum : value < minimum)) faults.push(unfit(name, value, `should be greater than ${exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`));
  return faults;
}

/** Whether a value is a multiple of a factor, as far as doubles can tell. */
function isMultiple(value: number, factor: number): boolean {
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
}

function list(value: readonly Json[], { schema, name, correlation }: Subject): Outcome {
  const items = itemsOf(schema);
  const faults: ValueFault[] = [];
  if (schema.minItems !== undefined && value.length < schema.minItems) faults.push(unfit(name, value.length, `should have at least ${schema.minItems} items`));
  if (schema.maxItems !== undefined && value.length > schema.maxItems) faults.push(tooManyParts(name, value.length, schema.maxItems));
  const outcomes = items === undefined ? [] : value.map((item, i) => validate({ value: item, schema: items, name: `${name}[${i}]`, correlation: correlation?.index(i) }));
  return merged([...outcomes, { faults, checks: 1 }]);
}

function map(value: JsonObject, { schema, name, correlation }: Subject): Outcome {
  const faults: ValueFault[] = [];
  const count = Object.keys(value).length;
  if (schema.minProperties !== undefined && count < schema.minProperties) faults.push(unfit(name, count, `should have at least ${schema.minProperties} properties`));
  if (schema.maxProperties !== undefined && count > schema.maxProperties) faults.push(tooManyParts(name, count, schema.maxProperties));
  const additional = additionalOf(schema);
  const outcomes = Object.entries(value).flatMap(([key, child]): Outcome[] => {
    const property = propertyOf(schema, key);
    const of = property ?? additional;
    if (of === undefined) return [];
    const childName = property !== undefined && name === '' ? key : `${name}.${key}`;
    const isTypeMeta = name === '' && (key === 'kind' || key === 'apiVersion');
    return [validate({ value: child, schema: of, name: childName, correlation: isTypeMeta ? undefined : correlation?.key(key) })];
  });
  for (const field of schema.required ?? []) if (!Object.hasOwn(value, field)) outcomes.push({ faults: [missing(`${name}.${field}`)], checks: 0 });
  return merged([{ faults, checks: 1 }, ...outcomes]);
}

/** anyOf, oneOf, allOf, not. */
function choices({ value, schema, name }: Subject): Outcome[] {
  const judged = (schemas: readonly SchemaProps[] = []): Outcome[] => schemas.map((one) => judge({ value, schema: one, name, correlation: undefined }));
  return [anyOf(judged(schema.anyOf), name), oneOf(judged(schema.oneOf), name), allOf(judged(schema.allOf), name), not(schema.not && judge({ value, schema: schema.not, name, correlation: undefined }), name)];
}

const NOTHING: Outcome = { faults: [], checks: 0 };

function anyOf(outcomes: readonly Outcome[], name: string): Outcome {
  if (outcomes.length === 0) return NOTHING;
  const fitting = outcomes.find(({ faults }) => faults.length === 0);
  return fitting ?? withBest(outcomes, `"${name}" must validate at least one schema (anyOf)`);
}

function oneOf(outcomes: readonly Outcome[], name: string): Outcome {
  if (outcomes.length === 0) return NOTHING;
  const fitting = outcomes.filter(({ faults }) => faults.length === 0);
  const [only] = fitting;
  if (fitting.length === 1 && only !== undefined) return only;
  const message = `"${name}" must validate one and only one schema (oneOf). `;
  return fitting.length === 0 ? withBest(outcomes, `${message}Found none valid`) : { faults: [compositeFault(`${message}Found ${fitting.length} valid alternatives`)], checks: 0 };
}

function allOf(outcomes: readonly Outcome[], name: string): Outcome {
  const failed = outcomes.filter(({ faults }) => faults.length > 0).length;
  const all = merged(outcomes);
  if (failed === 0) return all;
  return { ...all, faults: [...all.faults, compositeFault(`"${name}" must validate all the schemas (allOf)${failed === outcomes.length ? '. None validated' : ''}`)] };
}

function not(outcome: Outcome | undefined, name: string): Outcome {
  return outcome?.faults.length === 0 ? { faults: [compositeFault(`"${name}" must not validate the schema (not)`)], checks: 0 } : NOTHING;
}

/** The fault of a choice, and those of the alternative that came closest. */
function withBest(outcomes: readonly Outcome[], message: string): Outcome {
  const best = outcomes.reduce<Outcome | undefined>((found, outcome) => (found === undefined || outcome.checks > found.checks ? outcome : found), undefined);
  return { faults: [compositeFault(message), ...(best?.faults ?? [])], checks: best?.checks ?? 0 };
}
