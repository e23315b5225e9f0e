import { resourceOfKind } from '@kubernode/api';
import { formatApiVersion, type GroupVersionKind, type KubeObject } from '@kubernode/apimachinery';
import { canonicalBytes, normaliseJson, type Normalise } from '@kubernode/storage';
import { compiledSchema } from './object-schemas.ts';
import { decodeStoredProtobuf } from './protobuf.ts';
import type { Strategy } from './strategy.ts';

/** What kube-apiserver's values in protobuf begin with. */
const PROTOBUF_MAGIC = Buffer.from('k8s\0');

/**
 * Reads values of one kind that a kube-apiserver wrote: protobuf, or JSON in an order of its own. They get the defaults that Kubernetes
 * gives at each reading, since some are never stored. Throws when a value is neither.
 */
export function storedValueReader(kind: GroupVersionKind, defaults: Strategy['defaults']): Normalise {
  const schema = compiledSchema(resourceOfKind(kind)?.schema ?? '');
  if (schema === undefined) return normaliseJson; // custom resources know no protobuf
  return (value) => {
    const { kind: _, apiVersion: __, ...object } = schema.normalise(isProtobuf(value) ? decodeStoredProtobuf(value, kind) : JSON.parse(value.toString('utf8'))).object;
    const read = { kind: kind.kind, apiVersion: formatApiVersion(kind), ...object };
    defaults?.(read as unknown as KubeObject); // by the schema
    return canonicalBytes(read);
  };
}

function isProtobuf(value: Buffer): boolean { return value.subarray(0, PROTOBUF_MAGIC.length).equals(PROTOBUF_MAGIC); }
