import { MessageReader } from '../protobuf/message-reader.ts';
import { ReverseWriter } from '../protobuf/reverse-writer.ts';

/** How the secret of an encrypted object becomes its key: it is the key itself, or a seed from which each write derives its own. */
export type KeySource = 'aesGcmKey' | 'hkdfSeed';

/** A value as Kubernetes' KMS v2 envelope has it in etcd: what is encrypted, and the sealed secret that opens it. */
export interface EncryptedObject {
  data: Buffer;
  keyId: string;
  sealedSource: Buffer;
  annotations: Readonly<Record<string, Buffer>>;
  /** A number when it is one that this version does not know. */
  sourceType: KeySource | number;
}

const SOURCE_TYPES: readonly KeySource[] = ['aesGcmKey', 'hkdfSeed'];
const DATA = 1, KEY_ID = 2, SEALED_SOURCE = 3, ANNOTATIONS = 4, SOURCE_TYPE = 5;
const MAP_KEY = 1, MAP_VALUE = 2;

export function encodeEncryptedObject({ data, keyId, sealedSource, annotations, sourceType }: EncryptedObject): Buffer {
  const writer = new ReverseWriter(data.length + sealedSource.length);
  writer.int(SOURCE_TYPE, typeof sourceType === 'number' ? sourceType : SOURCE_TYPES.indexOf(sourceType));
  for (const [name, value] of Object.entries(annotations).reverse()) writer.message(ANNOTATIONS, () => { writer.bytes(MAP_VALUE, value).string(MAP_KEY, name); });
  return writer.bytes(SEALED_SOURCE, sealedSource).string(KEY_ID, keyId).bytes(DATA, data).finish();
}

/** @throws Error with Go's words when it is no such message. */
export function decodeEncryptedObject(bytes: Buffer): EncryptedObject {
  try { return readObject(new MessageReader(bytes)); } catch (cause) {
    throw new Error('proto: cannot parse invalid wire-format data', { cause });
  }
}

function readObject(reader: MessageReader): EncryptedObject {
  let data: Buffer = Buffer.alloc(0), sealedSource: Buffer = Buffer.alloc(0), keyId = '', sourceType = 0;
  const annotations: Record<string, Buffer> = {};
  while (reader.next()) {
    switch (reader.field) {
      case DATA: data = reader.bytes(); break;
      case KEY_ID: keyId = reader.string(); break;
      case SEALED_SOURCE: sealedSource = reader.bytes(); break;
      case ANNOTATIONS: readAnnotation(reader.message(), annotations); break;
      case SOURCE_TYPE: sourceType = reader.int(); break;
      default: // a field of a newer version is skipped
    }
  }
  return { data, keyId, sealedSource, annotations, sourceType: SOURCE_TYPES[sourceType] ?? sourceType };
}

function readAnnotation(reader: MessageReader, annotations: Record<string, Buffer>): void {
  let name = '', value: Buffer = Buffer.alloc(0);
  while (reader.next()) {
    if (reader.field === MAP_KEY) name = reader.string();
    else if (reader.field === MAP_VALUE) value = reader.bytes();
  }
  annotations[name] = value;
}
