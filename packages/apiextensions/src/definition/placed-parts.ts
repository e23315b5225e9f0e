import { jsonEquals, type Json } from '@kubernode/apimachinery';
import type { apiextensionsV1 } from '@kubernode/api';

type Spec = apiextensionsV1.CustomResourceDefinitionSpec;
type Version = apiextensionsV1.CustomResourceDefinitionVersion;

/** A part of a definition and the path under which its faults are told. */
export interface Placed<T> {
  path: string;
  value: T;
  /** The version it belongs to; undefined when it holds for all. */
  version: Version | undefined;
}

/**
 * The parts of versions as Kubernetes' internal form has them: what is the same in all versions is told once, at the top.
 * So `spec.versions[0].schema` is `spec.validation` unless another version differs.
 */
export function placeParts<K extends 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields'>(spec: Spec, key: K, topName: string): Placed<NonNullable<Version[K]>>[] {
  const [first] = spec.versions;
  if (first === undefined) return [];
  if (isShared(spec, key)) {
    const shared: Version[K] = first[key];
    return shared === undefined ? [] : [{ path: `spec.${topName}`, value: shared, version: undefined }];
  }
  return spec.versions.flatMap((version, i) => {
    const own: Version[K] = version[key];
    return own === undefined ? [] : [{ path: `spec.versions[${i}].${key}`, value: own, version }];
  });
}

/** Whether all versions have the same in this place. */
export function isShared({ versions }: Spec, key: keyof Version): boolean {
  return versions.every((version) => jsonEquals((version[key] ?? null) as Json, (versions[0]?.[key] ?? null) as Json)); // decoded JSON
}
