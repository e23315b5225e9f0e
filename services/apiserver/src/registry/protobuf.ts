import { loadProtobufDescriptor, resourceOfKind } from '@kubernode/api';
import { DecodeError, formatApiVersion, parseApiVersion, protobufCodec, readEnvelope, type GroupVersionKind, type ProtobufNamespace } from '@kubernode/apimachinery';
import { builtInSchema } from './object-schemas.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Messages that no schema stands for, since OpenAPI does not speak of them. */
const PARTIAL_METADATA: ProtobufNamespace['nested'] = {
  PartialObjectMetadata: { fields: { metadata: { id: 1, type: 'ObjectMeta' } } },
  PartialObjectMetadataList: { fields: { metadata: { id: 1, type: 'ListMeta' }, items: { id: 2, type: 'PartialObjectMetadata', rule: 'repeated' } } },
};

const codec = protobufCodec({ descriptor: withPartialMetadata(await loadProtobufDescriptor(), ['k8s', 'io', 'apimachinery', 'pkg', 'apis', 'meta', 'v1']), resolve: builtInSchema });

function withPartialMetadata(namespace: ProtobufNamespace, [step, ...rest]: readonly string[]): ProtobufNamespace {
  if (step === undefined) return { ...namespace, nested: { ...namespace.nested, ...PARTIAL_METADATA } };
  return { ...namespace, nested: { ...namespace.nested, [step]: withPartialMetadata(namespace.nested?.[step] ?? {}, rest) } };
}

/** An object or list in Kubernetes' protobuf, envelope included; undefined for kinds that have no message (custom resources, tables). */
export function encodeProtobuf(object: object): Buffer | undefined {
  const { kind = '', apiVersion = '' } = object as { kind?: string; apiVersion?: string }; // whatever is answered has both, or is refused here
  const schema = schemaOf({ ...parseApiVersion(apiVersion), kind });
  return schema === undefined ? undefined : codec.encode(schema, object as Record<string, unknown>); // an object by the line above
}

/** A body in protobuf as the JSON it stands for. Throws DecodeError. */
export function decodeProtobuf(body: Buffer): { value: Record<string, unknown>; kind: string; apiVersion: string } {
  const { kind, apiVersion, raw } = readEnvelope(body);
  const schema = schemaOf({ ...parseApiVersion(apiVersion), kind });
  return { kind, apiVersion, value: schema === undefined ? {} : codec.decodeMessage(schema, raw) };
}

/**
 * A stored value as an object of a kind. Versions of a kind share the numbers of their fields, so a version that is not known, such as
 * the beta in which a release still stores, is read as this one. Throws DecodeError.
 */
export function decodeStoredProtobuf(value: Buffer, kind: GroupVersionKind): Record<string, unknown> {
  const { kind: storedKind, apiVersion, raw } = readEnvelope(value);
  const isOther = apiVersion !== formatApiVersion(kind) && schemaOf({ ...parseApiVersion(apiVersion), kind: storedKind }) !== undefined;
  const schema = schemaOf(kind);
  if (schema === undefined || storedKind !== kind.kind || isOther) throw new DecodeError(`a value of kind ${apiVersion}/${storedKind} cannot be read as ${formatApiVersion(kind)}/${kind.kind}`);
  return codec.decodeMessage(schema, raw);
}

function schemaOf({ group, version, kind }: GroupVersionKind): string | undefined {
  const item = kind.endsWith('List') ? kind.slice(0, -'List'.length) : kind;
  const candidates = [resourceOfKind({ group, version, kind })?.schema, listOf(resourceOfKind({ group, version, kind: item })?.schema), `io.k8s.api.${group === '' ? 'core' : group.split('.')[0] ?? ''}.${version}.${kind}`, `${META}.${kind}`];
  return candidates.find((name) => name !== undefined && codec.has(name));
}

function listOf(schema: string | undefined): string | undefined {
  return schema === undefined ? undefined : `${schema}List`;
}

/** One event of a watch as clients of protobuf read it: its length, then type and object. */
export function encodeWatchEvent(type: string, object: Buffer): Buffer {
  const event = Buffer.concat([field(1, Buffer.from(type)), field(2, field(1, object))]);
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

const LENGTH_DELIMITED = 2;

function field(id: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(id << 3) | LENGTH_DELIMITED]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}
