import type { KubeObject, ListMeta } from '@kubernode/apimachinery';

/** Annotations that are fields in the form in which Kubernetes holds an object: metadata alone do not have them. */
const FIELD_ANNOTATIONS: ReadonlyMap<string, string> = new Map([['DaemonSet', 'deprecated.daemonset.template.generation'], ['Deployment', 'deprecated.deployment.rollback.to']]);

/** An object without all but its metadata. */
export function partialMetadata({ kind, metadata }: Readonly<KubeObject>, version: string): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: withoutAnnotation(metadata, FIELD_ANNOTATIONS.get(kind)) };
}

/** An empty list has no items at all, not even none. */
export function partialMetadataList(objects: readonly Readonly<KubeObject>[], metadata: ListMeta, version: string): object {
  return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}`, metadata, items: objects.length === 0 ? null : objects.map((object) => partialMetadata(object, version)) };
}

function withoutAnnotation(metadata: KubeObject['metadata'], name: string | undefined): KubeObject['metadata'] {
  if (name === undefined || metadata.annotations?.[name] === undefined) return metadata;
  const { annotations: { [name]: _, ...others }, ...rest } = { ...metadata, annotations: metadata.annotations };
  return { ...rest, ...(Object.keys(others).length > 0 && { annotations: others }) };
}
