import { isJsonObject, type Json } from '@kubernode/apimachinery';
import { boolField, doubleField, integerField, messageField, stringField } from './protobuf-writer.ts';

/** Writes a JSON value as the protobuf field of a number. What is of another type than the field is left out. */
export type FieldWriter = (field: number, value: Json) => Buffer;

/** How properties of a JSON object are written as fields of a message, numbered 1, 2, … in the order in which they stand here. */
export type FieldsInOrder = Readonly<Record<string, FieldWriter>>;

const NOTHING = Buffer.alloc(0);

export const text: FieldWriter = (field, value) => (typeof value === 'string' ? stringField(field, value) : NOTHING);
export const flag: FieldWriter = (field, value) => boolField(field, value === true);
export const double: FieldWriter = (field, value) => (typeof value === 'number' ? doubleField(field, value) : NOTHING);
export const integer: FieldWriter = (field, value) => (typeof value === 'number' ? integerField(field, value) : NOTHING);
/** gnostic's Any carries YAML; JSON is YAML. */
export const any: FieldWriter = (field, value) => messageField(field, [stringField(2, `${JSON.stringify(value)}\n`)]);

/** A repeated field. */
export function list(write: FieldWriter): FieldWriter {
  return (field, value) => (Array.isArray(value) ? Buffer.concat(value.map((one) => write(field, one))) : NOTHING);
}

/** A repeated field of pairs: a map of JSON. */
export function pairs(write: FieldWriter): FieldWriter {
  return (field, value) => Buffer.concat(entriesOf(value).map(([name, one]) => messageField(field, [stringField(1, name), write(2, one)])));
}

/** A message that has nothing but a repeated field of pairs. */
export function mapMessage(write: FieldWriter): FieldWriter {
  const all = pairs(write);
  return (field, value) => messageField(field, [all(1, value)]);
}

/** A message inside another one, which there says which of several it is. */
export function choice(number: number, write: FieldWriter): FieldWriter {
  return (field, value) => messageField(field, [write(number, value)]);
}

export function message(fields: FieldsInOrder): FieldWriter {
  return (field, value) => messageField(field, messageFields(fields, value));
}

/** The fields of a message: those it names, and after them its extensions (`x-…`), as all of gnostic's have them. */
export function messageFields(fields: FieldsInOrder, value: Json): Buffer[] {
  if (!isJsonObject(value)) return [];
  const writers = Object.entries(fields);
  const named = writers.map(([name, write], index) => { const one = value[name]; return one === undefined ? NOTHING : write(index + 1, one); });
  return [...named, extensions(writers.length + 1, value)];
}

export function extensions(field: number, value: Json): Buffer {
  return Buffer.concat(entriesOf(value).filter(([name]) => name.startsWith('x-')).map(([name, one]) => messageField(field, [stringField(1, name), any(2, one)])));
}

export function entriesOf(value: Json): [string, Json][] {
  return isJsonObject(value) ? Object.entries(value) : [];
}
