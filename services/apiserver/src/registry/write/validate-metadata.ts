import { dnsSubdomainName, pathSegmentName, validateObjectMeta, validateObjectMetaUpdate, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { ResourceStorage } from '../served-resource.ts';

/** Faults of a new object's metadata by the kind's name rule. */
export function validateMetadata({ namespaced, strategy }: Pick<ResourceStorage, 'namespaced' | 'strategy'>, object: KubeObject): FieldError[] {
  return validateObjectMeta(object.metadata, { namespaced, validateName: (name, prefix = false) => strategy.validateName?.(name, prefix) ?? dnsSubdomainName(name, prefix) });
}

/**
 * Faults of changed metadata. Kubernetes' generic layer and the kind both look at the change, and at the metadata as such, so one fault is
 * told several times.
 */
export function validateMetadataUpdate({ namespaced, strategy }: ResourceStorage, object: KubeObject, old: Readonly<KubeObject>): FieldError[] {
  const change = (anyFinalizer: boolean): FieldError[] => validateObjectMetaUpdate(object.metadata, old.metadata, { anyFinalizer });
  const generic = validateObjectMeta(object.metadata, { namespaced, validateName: pathSegmentName, anyFinalizer: true });
  return [...generic, ...change(true), ...change(false), ...(strategy.judgesMetadataAgain === true ? validateMetadata({ namespaced, strategy }, object) : [])];
}
