import type { KubeObject, ListMeta } from '@kubernode/apimachinery';

/** An object without all but its metadata. */
export function partialMetadata({ metadata }: Readonly<KubeObject>, version: string): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata };
}

export function partialMetadataList(objects: readonly Readonly<KubeObject>[], metadata: ListMeta, version: string): object {
  return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}`, metadata, items: objects.map((object) => partialMetadata(object, version)) };
}
