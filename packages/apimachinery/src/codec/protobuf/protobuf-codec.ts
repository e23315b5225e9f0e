import type { SchemaResolver } from '../../schema/schema.ts';
import { DecodeError } from '../../schema/decode-context.ts';
import { messageOfSchema, type ProtobufNamespace } from './descriptor.ts';
import { messagePlans, type FieldPlan, type MessagePlan } from './message-plan.ts';
import { BYTES, FIXED64, VARINT, WireError, WireReader, WireWriter } from './wire.ts';

/** What stands before every object in Kubernetes' protobuf: `k8s` and a zero byte. */
const MAGIC: Buffer = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
/** Messages inside messages; deeper input is refused. */
const DEPTH_MAX = 200;

export interface ProtobufEnvelope { apiVersion: string; kind: string; raw: Buffer; contentType: string }

export interface ProtobufCodec {
  /** Whether the schema has a message. */
  has(schema: string): boolean;
  /** An object with its envelope; kind and apiVersion are taken from the object. */
  encode(schema: string, object: Readonly<Record<string, unknown>>): Buffer;
  /** A message's fields alone, without envelope. */
  encodeMessage(schema: string, object: Readonly<Record<string, unknown>>): Buffer;
  /**
   * A message's fields as JSON, without kind and apiVersion. Zero values that Go writes are in it: the schema's walk drops them.
   * @throws DecodeError
   */
  decodeMessage(schema: string, bytes: Buffer): Record<string, unknown>;
  /** An object with kind and apiVersion. `schemaOf` names its schema. @throws DecodeError */
  decode(bytes: Buffer, schemaOf: (apiVersion: string, kind: string) => string | undefined): Record<string, unknown>;
}

/** Kubernetes' protobuf by a descriptor; schemas tell which messages are embedded in the JSON of others. */
export function protobufCodec({ descriptor, resolve }: { descriptor: ProtobufNamespace; resolve: SchemaResolver }): ProtobufCodec {
  const plans = messagePlans(descriptor, resolve);
  const planOf = (schema: string): MessagePlan => {
    const plan = plans(messageOfSchema(schema));
    if (plan === undefined) throw new DecodeError(`object ${schema} does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message`);
    return plan;
  };
  const encodeMessage: ProtobufCodec['encodeMessage'] = (schema, object) => {
    const writer = new WireWriter();
    writeMessage(writer, planOf(schema), object);
    return writer.finish();
  };
  const decodeMessage: ProtobufCodec['decodeMessage'] = (schema, bytes) => reading(() => readMessage(new WireReader(bytes), planOf(schema), 0)) as Record<string, unknown>; // objects of the API are no special messages
  return {
    has: (schema) => plans(messageOfSchema(schema)) !== undefined,
    encodeMessage,
    decodeMessage,
    encode: (schema, object) => writeEnvelope({ apiVersion: String(object['apiVersion'] ?? ''), kind: String(object['kind'] ?? ''), raw: encodeMessage(schema, object), contentType: '' }),
    decode(bytes, schemaOf) {
      const { apiVersion, kind, raw } = readEnvelope(bytes);
      const schema = schemaOf(apiVersion, kind);
      if (schema === undefined) throw new DecodeError(`no kind "${kind}" is registered for version "${apiVersion}"`);
      return { kind, apiVersion, ...decodeMessage(schema, raw) };
    },
  };
}

export function isProtobufEnvelope(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.compare(MAGIC, 0, 4, 0, 4) === 0;
}

/** What an encoded object says about itself. @throws DecodeError */
export function readEnvelope(bytes: Buffer): ProtobufEnvelope {
  if (bytes.length === 0) throw new DecodeError('empty data');
  if (!isProtobufEnvelope(bytes)) throw new DecodeError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  return reading(() => {
    const envelope: ProtobufEnvelope = { apiVersion: '', kind: '', raw: Buffer.alloc(0), contentType: '' };
    const reader = new WireReader(bytes, 4);
    while (!reader.done) {
      const tag = reader.varint();
      if (tag === 10) Object.assign(envelope, readTypeMeta(reader.message()));
      else if (tag === 18) envelope.raw = reader.bytes();
      else if (tag === 34) envelope.contentType = reader.text();
      else reader.skip(tag & 7);
    }
    return envelope;
  });
}

function readTypeMeta(reader: WireReader): { apiVersion: string; kind: string } {
  const meta = { apiVersion: '', kind: '' };
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 10) meta.apiVersion = reader.text();
    else if (tag === 18) meta.kind = reader.text();
    else reader.skip(tag & 7);
  }
  return meta;
}

export function writeEnvelope({ apiVersion, kind, raw, contentType }: ProtobufEnvelope): Buffer {
  const writer = new WireWriter(raw.length + 256);
  writeText(writer, 4, contentType);
  writeText(writer, 3, '');
  writePrefixed(writer, 2, () => writer.bytes(raw));
  writePrefixed(writer, 1, () => { writeText(writer, 2, kind); writeText(writer, 1, apiVersion); });
  writer.bytes(MAGIC);
  return writer.finish();
}

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) throw new DecodeError(error.message);
    throw error;
  }
}

function writeText(writer: WireWriter, id: number, text: string): void {
  writePrefixed(writer, id, () => writer.text(text));
}

/** Content, then its length, then its tag: the writer goes from the end to the start. */
function writePrefixed(writer: WireWriter, id: number, write: () => void): void {
  const before = writer.length;
  write();
  writer.varint(writer.length - before);
  writer.tag(id, BYTES);
}

function writeMessage(writer: WireWriter, plan: MessagePlan, json: unknown): void {
  const object = (plan.special === undefined ? json : plan.special.toFields(json)) as Record<string, unknown>; // typed by the schema's walk before
  for (const field of plan.fields) {
    if (field.inline) writePrefixed(writer, field.id, () => writeMessage(writer, field.message(), object));
    else writeField(writer, field, object[field.json]);
  }
}

function writeField(writer: WireWriter, field: FieldPlan, value: unknown): void {
  if (value === undefined || value === null) return;
  if (field.shape === 'one') { writePart(writer, field, field.id, value); return; }
  if (field.shape === 'list') {
    const list = value as readonly unknown[]; // typed by the schema's walk before
    for (let i = list.length - 1; i >= 0; i--) writePart(writer, field, field.id, list[i] ?? {});
    return;
  }
  const entries = Object.entries(value as object).sort(([a], [b]) => (a < b ? 1 : -1)); // typed by the schema's walk before
  for (const [key, entry] of entries) writePrefixed(writer, field.id, () => { writePart(writer, field, 2, entry); writeText(writer, 1, key); });
}

function writePart(writer: WireWriter, field: FieldPlan, id: number, value: unknown): void {
  switch (field.kind) {
    case 'message': writePrefixed(writer, id, () => writeMessage(writer, field.message(), value)); break;
    case 'string': writeText(writer, id, String(value)); break;
    case 'bytes': writePrefixed(writer, id, () => writer.bytes(Buffer.isBuffer(value) ? value : Buffer.from(String(value), 'base64'))); break;
    case 'double': writer.double(Number(value)); writer.tag(id, FIXED64); break;
    case 'bool': case 'int32': case 'int64': writer.varint(Number(value)); writer.tag(id, VARINT); break;
  }
}

function readMessage(reader: WireReader, plan: MessagePlan, depth: number): unknown {
  if (depth > DEPTH_MAX) throw new WireError('nesting is too deep');
  const object: Record<string, unknown> = {};
  while (!reader.done) {
    const tag = reader.varint();
    const field = plan.byId.get(Math.floor(tag / 8));
    if (field === undefined) reader.skip(tag & 7);
    else readField(reader, { field, wireType: tag & 7, object, asBuffer: plan.special !== undefined, depth: depth + 1 });
  }
  return plan.special === undefined ? object : plan.special.toJson(object);
}

interface ReadOptions { field: FieldPlan; wireType: number; object: Record<string, unknown>; asBuffer: boolean; depth: number }

function readField(reader: WireReader, { field, wireType, object, asBuffer, depth }: ReadOptions): void {
  if (field.inline) { Object.assign(object, readMessage(reader.message(), field.message(), depth)); return; }
  if (field.shape === 'one') { object[field.json] = readPart(reader, field, asBuffer, depth); return; }
  if (field.shape === 'map') { readEntry(reader.message(), field, (object[field.json] ??= {}) as Record<string, unknown>, depth); return; } // made here only
  const list = (object[field.json] ??= []) as unknown[]; // made here only
  if (wireType === BYTES && (field.kind === 'int32' || field.kind === 'int64' || field.kind === 'bool')) { // packed, as newer writers do
    for (const packed = reader.message(); !packed.done;) list.push(readPart(packed, field, asBuffer, depth));
  } else {
    list.push(readPart(reader, field, asBuffer, depth));
  }
}

function readEntry(reader: WireReader, field: FieldPlan, map: Record<string, unknown>, depth: number): void {
  let key = '';
  let value: unknown = field.kind === 'string' || field.kind === 'bytes' ? '' : field.kind === 'message' ? undefined : 0;
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 10) key = reader.text();
    else if (tag >> 3 === 2) value = readPart(reader, field, false, depth);
    else reader.skip(tag & 7);
  }
  Object.defineProperty(map, key, { value: value ?? readMessage(new WireReader(Buffer.alloc(0)), field.message(), depth), enumerable: true, configurable: true, writable: true }); // __proto__ is a key like any other
}

function readPart(reader: WireReader, field: FieldPlan, asBuffer: boolean, depth: number): unknown {
  switch (field.kind) {
    case 'message': return readMessage(reader.message(), field.message(), depth);
    case 'string': return reader.text();
    case 'bytes': return asBuffer ? reader.bytes() : reader.bytes().toString('base64');
    case 'bool': return reader.varint() !== 0;
    case 'int32': return reader.varint() | 0;
    case 'int64': return reader.varint();
    case 'double': return reader.double();
  }
}
