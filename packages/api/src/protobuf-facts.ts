import type { ProtobufNamespace } from '@kubernode/apimachinery';

/** Messages and field numbers behind the schemas, made by hack/update-protobuf.ts. Loaded when first asked for: few processes speak protobuf. */
export async function loadProtobufDescriptor(): Promise<ProtobufNamespace> {
  const { default: descriptor } = await import('./facts/protobuf.json', { with: { type: 'json' } });
  return descriptor as ProtobufNamespace; // generated in this shape
}
