import { resourceOfKind } from '@kubernode/api';
import { formatApiVersion, type GroupVersionKind, type JsonObject, type KubeObject } from '@kubernode/apimachinery';
import { canonicalBytes, normaliseJson, type Normalise } from '@kubernode/storage';
import { definitionFromStored } from './apiextensions/stored-definition.ts';
import { dropMeaningless } from './core/service/drop-type-fields.ts';
import { normalisedBy } from './normalised-object.ts';
import { compiledSchema } from './object-schemas.ts';
import { decodeStoredProtobuf } from './protobuf.ts';
import type { Strategy } from './strategy.ts';

/** What kube-apiserver's values in protobuf begin with. */
const PROTOBUF_MAGIC = Buffer.from('k8s\0');

/** Kinds that a kube-apiserver stores in a version of another shape. */
const UPGRADES: ReadonlyMap<string, (stored: JsonObject) => JsonObject> = new Map([['CustomResourceDefinition', definitionFromStored]]);

/** What Kubernetes mends whenever it reads a kind, since earlier releases stored it otherwise. */
const REPAIRS: ReadonlyMap<string, (read: KubeObject) => void> = new Map([['Service', dropMeaningless]]);

/**
 * Reads values of one kind that a kube-apiserver wrote: protobuf, or JSON in an order of its own. They get the defaults that Kubernetes
 * gives at each reading, since some are never stored. Throws when a value is neither.
 */
export function storedValueReader(kind: GroupVersionKind, defaults: Strategy['defaults']): Normalise {
  const schema = compiledSchema(resourceOfKind(kind)?.schema ?? '');
  if (schema === undefined) return normaliseJson; // custom resources know no protobuf
  const upgrade = UPGRADES.get(kind.kind) ?? ((stored: JsonObject) => stored);
  return (value) => {
    const stored = isProtobuf(value) ? decodeStoredProtobuf(value, kind) : upgrade(JSON.parse(value.toString('utf8')) as JsonObject); // what is no object is refused by the schema
    const read = normalisedBy(schema, { kind: kind.kind, apiVersion: formatApiVersion(kind), value: stored, defaults });
    REPAIRS.get(kind.kind)?.(read);
    return canonicalBytes(read);
  };
}

function isProtobuf(value: Buffer): boolean { return value.subarray(0, PROTOBUF_MAGIC.length).equals(PROTOBUF_MAGIC); }
