/** Messages with their field numbers, as protobufjs writes them in JSON. */
export interface ProtobufNamespace {
  readonly nested?: Readonly<Record<string, ProtobufNamespace>>;
  /** Present where this is a message. */
  readonly fields?: Readonly<Record<string, ProtobufField>>;
}

export interface ProtobufField {
  readonly id: number;
  /** A scalar, a message's name of the same package, or an absolute name with a leading dot. */
  readonly type: string;
  readonly rule?: string;
  /** Present for maps, always `string`. */
  readonly keyType?: string;
}

/** The message of a full name, `k8s.io.api.core.v1.Pod`. */
export function findMessage(root: ProtobufNamespace, name: string): Readonly<Record<string, ProtobufField>> | undefined {
  let node: ProtobufNamespace | undefined = root;
  for (const part of name.split('.')) node = node?.nested?.[part];
  return node === undefined ? undefined : node.fields ?? {};
}

/** The full name of a field's type, seen from the message it stands in. */
export function absoluteName(type: string, message: string): string {
  return type.startsWith('.') ? type.slice(1) : `${message.slice(0, message.lastIndexOf('.'))}.${type}`;
}

/** `io.k8s.api.core.v1.Pod` → `k8s.io.api.core.v1.Pod`: the message behind a schema. */
export function messageOfSchema(schema: string): string {
  return schema.replace(/^io\.k8s\./, 'k8s.io.').replaceAll('-', '_');
}

/** The inverse of messageOfSchema. */
export function schemaOfMessage(message: string): string {
  return message.replace(/^k8s\.io\./, 'io.k8s.').replaceAll('_', '-');
}
