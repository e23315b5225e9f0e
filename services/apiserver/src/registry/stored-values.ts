import { canonicalBytes, normaliseJson } from '@kubernode/storage';
import { decodeProtobuf } from './protobuf.ts';

/** What kube-apiserver's values in protobuf begin with. */
const PROTOBUF_MAGIC = Buffer.from('k8s\0');

/** The canonical form of a value that a kube-apiserver wrote: protobuf, or JSON in an order of its own. Throws when it is neither. */
export function canonicalStoredValue(value: Buffer): Buffer {
  if (!value.subarray(0, PROTOBUF_MAGIC.length).equals(PROTOBUF_MAGIC)) return normaliseJson(value);
  const { value: object, kind, apiVersion } = decodeProtobuf(value);
  if (object['metadata'] === undefined) throw new TypeError(`a value of kind ${apiVersion}/${kind} cannot be read`);
  return canonicalBytes({ ...object, kind, apiVersion });
}
